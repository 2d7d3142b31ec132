/** What can be done with a message: copy, answer again, edit, judge, choose between branches, see how it was made. */
import { useState, type JSX } from "react";
import type { ConversationState } from "~/core/conversation.ts";
import { type Message, siblings } from "~/core/view.ts";
import { IconButton } from "~/ui/button.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { Check, Copy, Pencil, RotateCcw } from "~/ui/icons.ts";
import { exactTime, relativeTime } from "~/ui/time.ts";
import { BranchPicker } from "./branch-picker.tsx";
import { useClient } from "./client.tsx";
import { Feedback } from "./feedback.tsx";
import { useNow } from "./use-now.ts";

/** Hidden until pointed at or reached by keyboard; always shown for the last message. */
export function MessageActions({
  message,
  state,
  isLast,
  onEdit,
}: {
  readonly message: Message;
  readonly state: ConversationState;
  readonly isLast: boolean;
  readonly onEdit: (() => void) | undefined;
}): JSX.Element | null {
  const { text, locale } = useI18n();
  const { session } = useClient();
  const now = useNow();
  const [isCopied, setCopied] = useState(false);
  if (message.status === "streaming" || (message.text === "" && message.role === "assistant"))
    return null;
  const { conversationId, view } = state;
  const { messageId } = message;
  const isBusy = view.activeTurnId !== null || view.ended !== null;
  const createdAt = Date.parse(message.createdAt);
  const copy = (): void => {
    void navigator.clipboard.writeText(message.text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    });
  };
  return (
    <div className="message-actions" data-always={isLast}>
      <BranchPicker
        ids={siblings(view, messageId)}
        messageId={messageId}
        conversationId={conversationId}
      />
      <IconButton
        size="small"
        icon={isCopied ? Check : Copy}
        label={text(isCopied ? "message.copied" : "message.copy")}
        onClick={copy}
      />
      {onEdit && (
        <IconButton
          size="small"
          icon={Pencil}
          label={text("message.edit")}
          state={isBusy ? "inert" : "ready"}
          onClick={onEdit}
        />
      )}
      {message.role === "assistant" && (
        <>
          <IconButton
            size="small"
            icon={RotateCcw}
            label={text("message.regenerate")}
            state={isBusy ? "inert" : "ready"}
            onClick={() =>
              void session.request({ type: "message.regenerate", conversationId, messageId })
            }
          />
          <Feedback message={message} conversationId={conversationId} />
        </>
      )}
      <span className="message-meta muted">
        <time title={exactTime(createdAt, locale)}>{relativeTime(createdAt, { now, locale })}</time>
        {message.role === "assistant" && ` · ${sourceOf(message, text)}`}
      </span>
    </div>
  );
}

function sourceOf(message: Message, text: ReturnType<typeof useI18n>["text"]): string {
  if (message.source === "scripted") return text("message.bySource.scripted");
  if (message.source === "flow") return text("message.bySource.flow");
  return text("message.bySource.model", { model: message.model ?? "" });
}
