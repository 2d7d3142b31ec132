/** What is done with a message less often: quote it, have it read aloud, point somebody to it, report it. */
import { useState, type JSX } from "react";
import type { Message } from "~/core/view.ts";
import { useI18n } from "~/ui/i18n.tsx";
import { Flag, Link, Quote, Square, Volume2 } from "~/ui/icons.ts";
import { Menu } from "~/ui/menu.tsx";
import { useToast } from "~/ui/toast.tsx";
import { useStore } from "./client.tsx";
import { spokenLanguage } from "./language-of.ts";
import { ReportDialog } from "./lazy.tsx";
import type { Report } from "./report-dialog.tsx";
import { addressOf } from "./route.ts";
import type { Shown } from "./shown.ts";
import { canSpeak, speak, spoken, stopSpeaking } from "./speech.ts";
import { useCommand } from "./use-command.ts";

/** Reading aloud is offered where the browser can; what a Peer wrote can be reported to whoever looks after it. */
export function MessageMenu({
  message,
  shown,
}: {
  readonly message: Message;
  readonly shown: Shown;
}): JSX.Element {
  const { text, locale } = useI18n();
  const showToast = useToast();
  const command = useCommand();
  const [isReporting, setReporting] = useState(false);
  const { messageId, reported } = message;
  const { conversationId } = shown;
  const isSpoken = useStore(spoken) === messageId;
  const copyLink = async (): Promise<void> => {
    await navigator.clipboard.writeText(addressOf({ conversationId, messageId }));
    showToast({ text: text("message.linkCopied") });
  };
  const report = async (told: Report): Promise<void> => {
    const isDone = await command({ type: "message.report", conversationId, messageId, ...told });
    if (!isDone) return;
    setReporting(false);
    showToast({ text: text("message.reported") });
  };
  const read = (): void =>
    isSpoken
      ? stopSpeaking()
      : speak(messageId, message.text, spokenLanguage(message.text) ?? locale);
  const reading = {
    label: text(isSpoken ? "message.silence" : "message.speak"),
    icon: isSpoken ? Square : Volume2,
    onSelect: read,
  };
  const reporting = {
    label: text(reported ? "message.reportAgain" : "message.report"),
    icon: Flag,
    onSelect: () => setReporting(true),
  };
  return (
    <>
      <Menu
        label={text("message.more")}
        size="small"
        align="start"
        items={[
          { label: text("message.quote"), icon: Quote, onSelect: () => shown.quote(message.text) },
          ...(canSpeak() ? [reading] : []),
          { label: text("message.copyLink"), icon: Link, onSelect: () => void copyLink() },
          ...(message.role === "assistant" ? [reporting] : []),
        ]}
      />
      {isReporting && (
        <ReportDialog
          before={reported?.reason}
          onSend={report}
          onClose={() => setReporting(false)}
        />
      )}
    </>
  );
}
