/** One message: what was written, what was done, what is asked, what is shown. */
import { memo, useRef, useState, type FocusEvent, type JSX } from "react";
import type { Message } from "~/core/view.ts";
import { type Text, useI18n } from "~/ui/i18n.tsx";
import { exactTime } from "~/ui/time.ts";
import { EditMessage, FileList, MessageActions, MessageOrigin, MessageOutcome } from "./lazy.tsx";
import { Markdown } from "./markdown.tsx";
import { MessageWork } from "./message-work.tsx";
import type { Shown } from "./shown.ts";
import { useLanguage } from "./use-language.ts";

/**
 * `streamed` is the text so far of a message in flight. `continues`: the message before is of the same turn, so the
 * name is not said again. `endsTurn`: none follows in it. `isTarget`: the address points at it.
 */
export interface MessageViewProps {
  readonly message: Message;
  readonly streamed: string | undefined;
  readonly shown: Shown;
  readonly isLast: boolean;
  readonly isTarget: boolean;
  readonly continues: boolean;
  readonly endsTurn: boolean;
}

/** Drawn again only when something of it changed: a streaming neighbour does not count. */
export const MessageView: (props: MessageViewProps) => JSX.Element = memo(
  MessageBox,
) as unknown as (props: MessageViewProps) => JSX.Element;

function MessageBox(props: MessageViewProps): JSX.Element {
  const { message, shown, isLast, continues, endsTurn } = props;
  const { text, locale } = useI18n();
  const [isEditing, setEditing] = useState(false);
  const [isReached, setReached] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const isOwn = message.role === "user";
  const hasActions =
    !isEditing && endsTurn && message.status !== "streaming" && (isOwn || message.text !== "");
  const hasOutcome = message.status === "stopped" || message.status === "failed";
  const leave = (event: FocusEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setReached(false);
  };
  const stopEditing = (): void => {
    setEditing(false);
    box.current?.focus();
  };
  return (
    <div
      ref={box}
      className="message"
      data-role={message.role}
      data-state={message.status}
      data-message={message.messageId}
      data-continues={continues}
      data-last={isLast}
      data-target={props.isTarget}
      tabIndex={isLast ? 0 : -1}
      role="article"
      aria-label={`${message.author.name}, ${exactTime(Date.parse(message.createdAt), locale)}`}
      onFocus={() => setReached(true)}
      onBlur={leave}
    >
      {!isOwn && !continues && (
        <p className="message-meta muted">
          <b>{message.author.name}</b> {sourceOf(message, text)}
        </p>
      )}
      {message.origin && !continues && <MessageOrigin origin={message.origin} shown={shown} />}
      {isOwn && isEditing ? (
        <EditMessage conversationId={shown.conversationId} message={message} onDone={stopEditing} />
      ) : (
        <Body message={message} streamed={props.streamed} />
      )}
      <MessageWork message={message} shown={shown} />
      {hasOutcome && <MessageOutcome message={message} shown={shown} />}
      {hasActions && (
        <MessageActions
          message={message}
          shown={shown}
          isLast={isLast}
          isReached={isReached}
          onEdit={isOwn ? () => setEditing(true) : undefined}
        />
      )}
    </div>
  );
}

/** Who wrote the words: a person sees at once what a model said and what a flow said. */
function sourceOf({ source, model = "" }: Message, text: Text): string {
  if (source === "scripted" || source === "flow") return text(`message.bySource.${source}`);
  return text("message.bySource.model", { model });
}

function Body({
  message,
  streamed,
}: {
  readonly message: Message;
  readonly streamed: string | undefined;
}): JSX.Element | null {
  const isStreaming = message.status === "streaming";
  const words = isStreaming ? (streamed ?? "") : message.text;
  const language = useLanguage(words, !isStreaming);
  const files = message.parts.filter((part) => part.type === "file");
  if (words === "" && files.length === 0) return null;
  if (message.role === "user") {
    return (
      <div className="message-own" dir="auto" lang={language}>
        {words}
        {files.length > 0 && <FileList files={files} />}
      </div>
    );
  }
  return (
    <div className="message-text" lang={language}>
      <Markdown source={words} isStreaming={isStreaming} />
      {files.length > 0 && <FileList files={files} />}
    </div>
  );
}
