/** Draws Button. */
import { useId, type JSX } from "react";
import { ActionButton } from "~/widgets/action-button.tsx";
import type { Button as ButtonNode } from "~/widgets/catalogue.gen.ts";
import { Child, useDynamicText, useScope } from "~/widgets/scope.tsx";

const kinds = { default: "plain", primary: "primary", borderless: "quiet" } as const;

/** Presses send the action with what the widget shows and what was typed into it. */
export function Button({ node }: { readonly node: ButtonNode }): JSX.Element {
  const label = useDynamicText(node.accessibility?.label);
  return (
    <ActionButton
      action={node.action}
      scope={useScope()}
      source={useId()}
      kind={kinds[node.variant ?? "default"]}
      aria-label={label || undefined}
    >
      <Child of={node.child} />
    </ActionButton>
  );
}
