/** Above a message that tells how a waiting run ended: the way back to where it began. */
import type { JSX } from "react";
import type { Origin } from "~/protocol/wire.gen.ts";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { CornerDownRight } from "~/ui/icons.ts";
import { useStyles } from "~/ui/styles.tsx";
import styles from "./work.css?inline";

/** `title` is what was asked or run; `onOpen` leads to the card or the message. */
export function OutcomeLink({
  origin,
  title,
  onOpen,
}: {
  readonly origin: Origin;
  readonly title: string;
  readonly onOpen: (origin: Origin) => void;
}): JSX.Element {
  useStyles(styles);
  const text = useText();
  return (
    <button type="button" className="work-line outcome-link" onClick={() => onOpen(origin)}>
      <Icon of={CornerDownRight} size={16} flips />
      <span className="work-title">{text("work.outcomeOf", { title })}</span>
    </button>
  );
}
