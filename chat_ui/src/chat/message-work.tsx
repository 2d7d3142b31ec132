/** What a message set in motion: tool calls as quiet lines, then what they show and ask. */
import type { JSX } from "react";
import type { CardActions } from "~/cards/actions.ts";
import { InterruptCard } from "~/cards/interrupt-card.tsx";
import type { ConversationState } from "~/core/conversation.ts";
import type { Message } from "~/core/view.ts";
import { ToolCallGroup } from "./lazy.tsx";
import { MessageWidget } from "./message-widget.tsx";

/** A request that was re-opened replaces its card: what was typed into it stays. */
export function MessageWork({
  message,
  state,
  actions,
}: {
  readonly message: Message;
  readonly state: ConversationState;
  readonly actions: CardActions;
}): JSX.Element {
  const { view, drafts } = state;
  const calls = message.toolCallIds.flatMap((id) => view.toolCalls[id] ?? []);
  const replaced = new Set(Object.values(view.interrupts).map((interrupt) => interrupt.replaces));
  const asked = Object.values(view.interrupts).filter(
    (interrupt) =>
      interrupt.messageId === message.messageId && !replaced.has(interrupt.interruptId),
  );
  return (
    <>
      {calls.length > 0 && <ToolCallGroup calls={calls} view={view} />}
      {message.widgetIds.map((id) => {
        const widget = view.widgets[id];
        return widget && <MessageWidget key={id} widget={widget} isOver={view.ended !== null} />;
      })}
      {asked.map((interrupt) => (
        <InterruptCard
          key={`${interrupt.runId}:${interrupt.stepKey}`}
          interrupt={interrupt}
          draft={drafts[interrupt.interruptId]}
          actions={actions}
        />
      ))}
    </>
  );
}
