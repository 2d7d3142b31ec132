/** Draws a view the way the chat does and keeps what it sends; the one import of the tests beside each widget. */
import { render } from "@testing-library/preact";
import type { JSX } from "react";
import type { Json } from "~/widgets/json.ts";
import { WidgetView, type WidgetEvent, type WidgetViewProps } from "~/widgets/widget-view.tsx";

export { fireEvent, screen, waitFor, within } from "@testing-library/preact";
export { describe, expect, test, vi } from "vitest";

/** A file id of the right shape. */
export const fileId: string = "0".repeat(25);

/** What a test can do with a drawn view. */
export type RenderedView = {
  /** Everything that was sent, in order. */
  readonly sent: readonly WidgetEvent[];
  readonly container: Element;
  /** Draws it again with another state, as after a patch from the server. */
  readonly patch: (state: Json) => void;
};

/** An example as its file holds it. */
export type Example = { readonly view: unknown; readonly state: unknown };

/** Draws `view` over `state`; every action is listened to unless `options` say otherwise. */
export function renderView(
  { view, state }: Example,
  options: Partial<Omit<WidgetViewProps, "state">> = {},
): RenderedView {
  const sent: WidgetEvent[] = [];
  let rev = 1;
  const names = [...JSON.stringify(view).matchAll(/"event":\{"name":"([^"]+)"/g)];
  const draw = (current: unknown): JSX.Element => (
    <WidgetView
      widget={{ name: "Example", view: view as Json }}
      state={current as Json}
      rev={rev}
      actions={names.map((match) => match[1] ?? "")}
      onAction={(event) => void sent.push(event)}
      fileUrl={(id) => `/v1/file/${id}`}
      locale="en"
      {...options}
    />
  );
  const { container, rerender } = render(draw(state) as never); // React's types, Preact's renderer
  const patch = (next: Json): void => {
    rev += 1;
    rerender(draw(next) as never);
  };
  return { sent, container, patch };
}
