/** What belongs to the person: light or dark, notices, shortcuts, the way out. */
import type { JSX } from "react";
import { useText } from "~/ui/i18n.tsx";
import { Menu } from "~/ui/menu.tsx";
import { useToast } from "~/ui/toast.tsx";
import { useClient, useStore } from "./client.tsx";
import { readable, shortcuts } from "./shortcuts.ts";
import { canNotify, noticesOn, setNotices } from "./notice-consent.ts";

/** Notices are offered where the browser knows them. */
export function AccountMenu({
  onShortcuts,
  onSignedOut,
}: {
  readonly onShortcuts: () => void;
  readonly onSignedOut: () => void;
}): JSX.Element {
  const text = useText();
  const showToast = useToast();
  const { api } = useClient();
  const { keys } = useStore(shortcuts);
  const areNoticesOn = useStore(noticesOn);
  const notify = async (): Promise<void> => {
    const isOn = await setNotices(!areNoticesOn);
    const isRefused = !isOn && !areNoticesOn;
    showToast({ text: text(isRefused ? "notice.refused" : isOn ? "notice.isOn" : "notice.isOff") });
  };
  const notices = {
    label: text(areNoticesOn ? "notice.turnOff" : "notice.turnOn"),
    onSelect: () => void notify(),
  };
  return (
    <Menu
      label={text("sidebar.account")}
      size="small"
      items={[
        ...(canNotify() ? [notices] : []),
        { label: text("shortcuts.title"), keys: readable(keys.list), onSelect: onShortcuts },
        {
          label: text("sidebar.signOut"),
          onSelect: () => void api.call("POST /v1/auth/sign-out").then(onSignedOut, onSignedOut),
        },
      ]}
    />
  );
}
