/** What is done with a message less often: quote it, have it read aloud, point somebody to it. */
import type { JSX } from "react";
import type { Message } from "~/core/view.ts";
import { useI18n } from "~/ui/i18n.tsx";
import { Link, Quote, Square, Volume2 } from "~/ui/icons.ts";
import { Menu } from "~/ui/menu.tsx";
import { useToast } from "~/ui/toast.tsx";
import { useStore } from "./client.tsx";
import { addressOf } from "./route.ts";
import type { Shown } from "./shown.ts";
import { canSpeak, speak, spoken, stopSpeaking } from "./speech.ts";

/** Reading aloud is offered where the browser can. */
export function MessageMenu({
  message,
  shown,
}: {
  readonly message: Message;
  readonly shown: Shown;
}): JSX.Element {
  const { text, locale } = useI18n();
  const showToast = useToast();
  const isSpoken = useStore(spoken) === message.messageId;
  const copyLink = async (): Promise<void> => {
    const { conversationId } = shown;
    await navigator.clipboard.writeText(
      addressOf({ conversationId, messageId: message.messageId }),
    );
    showToast({ text: text("message.linkCopied") });
  };
  const reading = {
    label: text(isSpoken ? "message.silence" : "message.speak"),
    icon: isSpoken ? Square : Volume2,
    onSelect: () => (isSpoken ? stopSpeaking() : speak(message.messageId, message.text, locale)),
  };
  return (
    <Menu
      label={text("message.more")}
      size="small"
      align="start"
      items={[
        { label: text("message.quote"), icon: Quote, onSelect: () => shown.quote(message.text) },
        ...(canSpeak() ? [reading] : []),
        { label: text("message.copyLink"), icon: Link, onSelect: () => void copyLink() },
      ]}
    />
  );
}
