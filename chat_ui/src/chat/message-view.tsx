/** One message: what was written, what was done, what is asked, what is shown. */
import { type JSX, useState } from "react";
import type { CardActions } from "~/cards/actions.ts";
import { InterruptCard } from "~/cards/interrupt-card.tsx";
import type { ConversationState } from "~/core/conversation.ts";
import type { Message } from "~/core/view.ts";
import { Button } from "~/ui/button.tsx";
import { Banner } from "~/ui/feedback.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { exactTime } from "~/ui/time.ts";
import { ToolCallGroup } from "~/work/tool-call-group.tsx";
import { useClient } from "./client.tsx";
import { EditMessage } from "./edit-message.tsx";
import { FileList } from "./file-list.tsx";
import { Markdown } from "./markdown.tsx";
import { MessageActions } from "./message-actions.tsx";
import { MessageWidget } from "./message-widget.tsx";

/** `continues` means that the message before belongs to the same turn: the name is not said again. */
export function MessageView({
  message,
  state,
  actions,
  isLast,
  continues,
}: {
  readonly message: Message;
  readonly state: ConversationState;
  readonly actions: CardActions;
  readonly isLast: boolean;
  readonly continues: boolean;
}): JSX.Element {
  const { locale } = useI18n();
  const [isEditing, setEditing] = useState(false);
  const isOwn = message.role === "user";
  return (
    <div
      className="message"
      data-role={message.role}
      data-state={message.status}
      data-message={message.messageId}
      data-continues={continues}
      data-last={isLast}
      tabIndex={-1}
      role="article"
      aria-label={`${message.author.name}, ${exactTime(Date.parse(message.createdAt), locale)}`}
    >
      {!isOwn && !continues && <p className="message-author">{message.author.name}</p>}
      {isOwn && isEditing ? (
        <EditMessage
          conversationId={state.conversationId}
          message={message}
          onDone={() => setEditing(false)}
        />
      ) : (
        <Body message={message} state={state} />
      )}
      <Work message={message} state={state} actions={actions} />
      <Outcome message={message} state={state} />
      <MessageActions
        message={message}
        state={state}
        isLast={isLast}
        onEdit={isOwn ? () => setEditing(true) : undefined}
      />
    </div>
  );
}

function Body({
  message,
  state,
}: {
  readonly message: Message;
  readonly state: ConversationState;
}): JSX.Element | null {
  const isStreaming = message.status === "streaming";
  const words = isStreaming ? (state.streaming[message.messageId] ?? "") : message.text;
  const files = message.parts.filter((part) => part.type === "file");
  if (words === "" && files.length === 0) return null;
  if (message.role === "user") {
    return (
      <div className="message-own" dir="auto">
        {words}
        <FileList files={files} />
      </div>
    );
  }
  return (
    <div className="message-text">
      <Markdown source={words} isStreaming={isStreaming} />
      <FileList files={files} />
    </div>
  );
}

/** Tool calls as quiet lines, then what they ask and show. */
function Work({
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

/** Why the message ended as it did, in words, with the way on. */
function Outcome({
  message,
  state,
}: {
  readonly message: Message;
  readonly state: ConversationState;
}): JSX.Element | null {
  const { text } = useI18n();
  const { session } = useClient();
  if (message.status === "stopped")
    return <p className="message-meta muted">{text("message.stopped")}</p>;
  if (message.status !== "failed") return null;
  const again = (): void => {
    const { conversationId } = state;
    void session.request({
      type: "message.regenerate",
      conversationId,
      messageId: message.messageId,
    });
  };
  return (
    <Banner
      tone="bad"
      urgent
      action={
        <Button size="small" onClick={again}>
          {text("message.retry")}
        </Button>
      }
    >
      {message.error?.message ?? text("message.broken")}
      {message.error && (
        <span className="muted"> {text("message.quote", { code: message.error.code })}</span>
      )}
    </Banner>
  );
}
