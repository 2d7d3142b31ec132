/** One message: what was written, what was done, what is asked, what is shown. */
import { type JSX, useState } from "react";
import type { CardActions } from "~/cards/actions.ts";
import type { ConversationState } from "~/core/conversation.ts";
import type { Message } from "~/core/view.ts";
import { useI18n } from "~/ui/i18n.tsx";
import { exactTime } from "~/ui/time.ts";
import { FileList } from "./file-list.tsx";
import { EditMessage } from "./lazy.tsx";
import { Markdown } from "./markdown.tsx";
import { MessageActions } from "./message-actions.tsx";
import { MessageOrigin } from "./message-origin.tsx";
import { MessageOutcome } from "./message-outcome.tsx";
import { MessageWork } from "./message-work.tsx";

/** `continues`: the message before is of the same turn, so the name is not said again. `endsTurn`: none follows in it. */
export function MessageView({
  message,
  state,
  actions,
  isLast,
  continues,
  endsTurn,
}: {
  readonly message: Message;
  readonly state: ConversationState;
  readonly actions: CardActions;
  readonly isLast: boolean;
  readonly continues: boolean;
  readonly endsTurn: boolean;
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
      {message.origin && !continues && (
        <MessageOrigin origin={message.origin} view={state.view} actions={actions} />
      )}
      {isOwn && isEditing ? (
        <EditMessage
          conversationId={state.conversationId}
          message={message}
          onDone={() => setEditing(false)}
        />
      ) : (
        <Body message={message} state={state} />
      )}
      <MessageWork message={message} state={state} actions={actions} />
      <MessageOutcome message={message} state={state} />
      {endsTurn && (
        <MessageActions
          message={message}
          state={state}
          isLast={isLast}
          onEdit={isOwn ? () => setEditing(true) : undefined}
        />
      )}
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
