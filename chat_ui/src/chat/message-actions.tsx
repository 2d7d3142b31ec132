/** What can be done with a message: copy, answer again, edit, judge, choose between branches, see how it was made. */
import { useState, type JSX } from "react";
import { type Message, siblings } from "~/core/view.ts";
import { IconButton } from "~/ui/button.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { Check, Copy, Pencil, RotateCcw } from "~/ui/icons.ts";
import { exactTime, relativeTime } from "~/ui/time.ts";
import { onDemand } from "~/ui/later.tsx";
import { BranchPicker } from "./branch-picker.tsx";
import { Feedback } from "./feedback.tsx";
import { MessageMenu } from "./message-menu.tsx";
import type { Shown } from "./shown.ts";
import { useCommand } from "./use-command.ts";
import { useNow } from "./use-now.ts";
import { useTabStops } from "./use-tab-stops.ts";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";

const Citations = onDemand(async () => (await import("./citations.tsx")).Citations);

/** Hidden until pointed at or reached by keyboard (`isReached`); always shown for the last message. */
export function MessageActions({
  message,
  shown,
  isLast,
  isReached,
  onEdit,
}: {
  readonly message: Message;
  readonly shown: Shown;
  readonly isLast: boolean;
  readonly isReached: boolean;
  readonly onEdit: (() => void) | undefined;
}): JSX.Element {
  useStyles(asides);
  const { text, locale } = useI18n();
  const command = useCommand();
  const now = useNow();
  const box = useTabStops(isLast || isReached);
  const [isCopied, setCopied] = useState(false);
  const { conversationId, view } = shown;
  const { messageId } = message;
  const isOver = view.ended !== null;
  const state = view.activeTurnId === null ? "ready" : "inert";
  const createdAt = Date.parse(message.createdAt);
  const copy = (): void => {
    void navigator.clipboard.writeText(message.text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    });
  };
  return (
    <>
      {message.citations && <Citations all={message.citations} />}
      <div className="message-actions" data-always={isLast} ref={box}>
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
        {onEdit && !isOver && (
          <IconButton
            size="small"
            icon={Pencil}
            label={text("message.edit")}
            state={state}
            onClick={onEdit}
          />
        )}
        {message.role === "assistant" && (
          <>
            {!isOver && (
              <IconButton
                size="small"
                icon={RotateCcw}
                label={text("message.regenerate")}
                state={state}
                onClick={() =>
                  void command({ type: "message.regenerate", conversationId, messageId })
                }
              />
            )}
            <Feedback message={message} conversationId={conversationId} />
          </>
        )}
        <MessageMenu message={message} shown={shown} />
        <span className="message-meta muted">
          <time title={exactTime(createdAt, locale)}>
            {relativeTime(createdAt, { now, locale })}
          </time>
        </span>
      </div>
    </>
  );
}
