/** Why a message ended as it did, in words, with the way on. */
import type { JSX } from "react";
import type { Message } from "~/core/view.ts";
import type { Problem } from "~/protocol/wire.gen.ts";
import { Button } from "~/ui/button.tsx";
import { Banner } from "~/ui/banner.tsx";
import { type MessageKey, type Text, useI18n } from "~/ui/i18n.tsx";
import { problemText } from "~/ui/problem-text.ts";
import { exactTime } from "~/ui/time.ts";
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
  const { text, locale } = useI18n();
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
      {spent(message.error, text, locale) ??
        (message.error
          ? problemText(message.error, text, { quotesCode: false })
          : text("message.broken"))}
      {message.error && (
        <span className="muted"> {text("message.code", { code: message.error.code })}</span>
      )}
    </Banner>
  );
}

const raisers: Readonly<Record<string, MessageKey>> = {
  workspaceAdmin: "message.spent.workspaceAdmin",
  peerAdmin: "message.spent.peerAdmin",
  linkMaker: "message.spent.linkMaker",
};

/** What a spent budget means to whoever reads it; nothing for other problems. */
function spent(problem: Problem | undefined, text: Text, locale: string): string | undefined {
  if (problem?.code !== "budget_spent") return undefined;
  const { renewsAt, raisedBy } = (problem.details ?? {}) as Record<string, string>;
  const who = raisers[raisedBy ?? ""];
  if (who === undefined || renewsAt === undefined) return undefined;
  return text("message.spent", {
    time: exactTime(Date.parse(renewsAt), locale),
    who: text(who),
  });
}
