/** A message on its way: shown at once, marked until the server has it, with a way out if it was refused. */
import type { JSX } from "react";
import type { PendingMessage } from "~/core/outbox.ts";
import { Button } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { useProblemText } from "~/ui/problem-text.ts";

/** Looks like the message that it will be. */
export function PendingLine({
  message,
  onRetry,
  onDiscard,
}: {
  readonly message: PendingMessage;
  readonly onRetry: (clientMessageId: string) => void;
  readonly onDiscard: (clientMessageId: string) => void;
}): JSX.Element {
  const text = useText();
  const told = useProblemText();
  const words =
    typeof message.content === "string"
      ? message.content
      : message.content
          .map((part) => (part.type === "text" ? part.text : `📎 ${part.name ?? ""}`))
          .join(" ");
  return (
    <div className="message" data-role="user" data-state={message.state}>
      <div className="message-own" dir="auto">
        {words}
      </div>
      {message.state === "sending" ? (
        <p className="message-meta muted">{text("message.sending")}</p>
      ) : (
        <p className="message-meta message-refused bad" role="alert">
          {text("message.failed", {
            reason: told(message.error),
          })}
          <Button size="small" kind="quiet" onClick={() => onRetry(message.clientMessageId)}>
            {text("message.retry")}
          </Button>
          <Button size="small" kind="quiet" onClick={() => onDiscard(message.clientMessageId)}>
            {text("message.discard")}
          </Button>
        </p>
      )}
    </div>
  );
}
