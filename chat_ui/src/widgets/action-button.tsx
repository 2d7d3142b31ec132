/** A button that does what a widget's action says. */
import type { JSX } from "react";
import { Button, type ButtonProps } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { textOf } from "./dynamic.ts";
import { payloadOf, type Action, type Scope } from "./scope.tsx";

/** `source` tells this button from the others while its action is in flight; `scope` is where the action's paths start. */
export type ActionButtonProps = ButtonProps & {
  readonly action: Action;
  readonly scope: Scope;
  readonly source: string;
};

/** One action is in flight at a time: meanwhile every button waits, and the pressed one shows it. */
export function ActionButton({ action, scope, source, ...rest }: ActionButtonProps): JSX.Element {
  const text = useText();
  if (!("event" in action))
    return <LinkButton {...rest} url={textOf(action.functionCall.args.url, scope)} />;
  const { name } = action.event;
  const heard = scope.listensTo(name);
  const state =
    scope.inFlight === source ? "busy" : !heard || scope.inFlight !== undefined ? "inert" : "ready";
  return (
    <Button
      {...rest}
      state={state}
      title={heard ? undefined : text("widget.inert")}
      onClick={() => scope.act(name, payloadOf(action, scope), source)}
    />
  );
}

/** Opens a page in a new tab that cannot reach back; anything but http and https is inert. */
function LinkButton({ url, ...rest }: ButtonProps & { readonly url: string }): JSX.Element {
  const isWeb = /^https?:\/\//i.test(url);
  return (
    <Button
      {...rest}
      state={isWeb ? "ready" : "inert"}
      title={url}
      onClick={() => window.open(url, "_blank", "noopener,noreferrer")}
    />
  );
}
