/** What waits for an answer, pinned above the composer. It never takes the composer's place. */
import type { JSX } from "react";
import type { Interrupt } from "~/core/view.ts";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { useStyles } from "~/ui/styles.tsx";
import { kindIcons } from "./kinds.ts";
import styles from "./tray.css?inline";
import { visibleText } from "./visible-text.ts";

/** Nothing while nothing waits. A press leads to the card. */
export function RequestTray({
  interrupts,
  onOpen,
}: {
  readonly interrupts: readonly Interrupt[];
  readonly onOpen: (interruptId: string) => void;
}): JSX.Element | null {
  useStyles(styles);
  const text = useText();
  const waiting = interrupts.filter((interrupt) => interrupt.kind !== "callback");
  if (waiting.length === 0) return null;
  return (
    <section className="tray" aria-label={text("tray.label")}>
      <span className="tray-count">{text("tray.count", { count: waiting.length })}</span>
      <ul className="tray-chips" role="list">
        {waiting.map((interrupt) => (
          <li key={interrupt.interruptId}>
            <button
              type="button"
              className="tray-chip"
              onClick={() => onOpen(interrupt.interruptId)}
            >
              <Icon of={kindIcons[interrupt.kind]} size={16} />
              <span className="tray-title words">{visibleText(interrupt.title)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
