/** What a message set in motion: tool calls as quiet lines, then what they ask and show, as it came. */
import type { JSX } from "react";
import { InterruptCard } from "~/cards/interrupt-card.tsx";
import type { Message } from "~/core/view.ts";
import { MessageWidget, ToolCallGroup } from "./lazy.tsx";
import type { Shown } from "./shown.ts";

/** A request that was re-opened replaces its card: what was typed into it stays. */
export function MessageWork({
  message,
  shown,
}: {
  readonly message: Message;
  readonly shown: Shown;
}): JSX.Element {
  const { view, drafts, actions } = shown;
  const calls = message.toolCallIds.flatMap((id) => view.toolCalls[id] ?? []);
  const replaced = new Set(Object.values(view.interrupts).map((interrupt) => interrupt.replaces));
  const asked = Object.values(view.interrupts).filter(
    (interrupt) =>
      interrupt.messageId === message.messageId && !replaced.has(interrupt.interruptId),
  );
  const cards = asked.map((interrupt) => ({
    at: interrupt.openedAt,
    drawn: (
      <InterruptCard
        key={`${interrupt.runId}:${interrupt.stepKey}`}
        interrupt={interrupt}
        draft={drafts[interrupt.interruptId]}
        actions={actions}
      />
    ),
  }));
  const widgets = message.widgetIds.flatMap((id) => {
    const widget = view.widgets[id];
    if (widget === undefined) return [];
    const isOver = view.ended !== null;
    return {
      at: widget.addedAt,
      drawn: <MessageWidget key={id} widget={widget} isOver={isOver} />,
    };
  });
  const inOrder = [...cards, ...widgets].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (
    <>
      {calls.length > 0 && <ToolCallGroup calls={calls} view={view} />}
      {inOrder.map(({ drawn }) => drawn)}
    </>
  );
}
