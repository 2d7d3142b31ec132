/** Why a message ended as it did, in words, with the way on. */
import type { JSX } from "react";
import type { Message } from "~/core/view.ts";
import { Button } from "~/ui/button.tsx";
import { Banner } from "~/ui/banner.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import type { Shown } from "./shown.ts";
import { useCommand } from "./use-command.ts";

/** Nothing for a message that went well. */
export function MessageOutcome({
  message,
  shown,
}: {
  readonly message: Message;
  readonly shown: Shown;
}): JSX.Element | null {
  const { text } = useI18n();
  const command = useCommand();
  if (message.status === "stopped")
    return <p className="message-meta muted">{text("message.stopped")}</p>;
  if (message.status !== "failed") return null;
  const again = (): void => {
    const { conversationId } = shown;
    void command({ type: "message.regenerate", conversationId, messageId: message.messageId });
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
        <span className="muted"> {text("message.code", { code: message.error.code })}</span>
      )}
    </Banner>
  );
}
