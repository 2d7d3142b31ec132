/** One conversation in the list: title, Peer, what waits; rename in place, pin, archive, delete. */
import { useRef, useState, type JSX, type KeyboardEvent } from "react";
import type { ConversationRow } from "~/core/api.ts";
import { Badge } from "~/ui/feedback.tsx";
import { Icon } from "~/ui/icon.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { Archive, Pencil, Pin, PinOff, Trash2, Undo2 } from "~/ui/icons.ts";
import { Menu } from "~/ui/menu.tsx";
import { exactTime, relativeTime } from "~/ui/time.ts";
import { useNow } from "./use-now.ts";

/** A line that opens the conversation, with a menu beside it. */
export function ConversationLine({
  row,
  isCurrent,
  onOpen,
  onChange,
  onDelete,
}: {
  readonly row: ConversationRow;
  readonly isCurrent: boolean;
  readonly onOpen: () => void;
  readonly onChange: (change: {
    title?: string;
    pinned?: boolean;
    archived?: boolean;
  }) => Promise<void>;
  readonly onDelete: () => Promise<void>;
}): JSX.Element {
  const { text, locale } = useI18n();
  const now = useNow();
  const [isRenaming, setRenaming] = useState(false);
  const updatedAt = Date.parse(row.updatedAt);
  if (isRenaming) {
    const finish = (title: string | null): void => {
      setRenaming(false);
      if (title !== null && title.trim() !== "" && title !== row.title)
        void onChange({ title: title.trim() });
    };
    return <TitleField initial={row.title ?? ""} label={text("sidebar.rename")} onDone={finish} />;
  }
  return (
    <li className="line" data-current={isCurrent}>
      <button
        type="button"
        className="line-open"
        aria-current={isCurrent ? "page" : undefined}
        onClick={onOpen}
      >
        <span className="line-title">
          {row.pinned && <Icon of={Pin} size={14} label={text("sidebar.pinned")} />}
          {row.title ?? text("sidebar.untitled")}
        </span>
        <span className="line-meta muted">
          {row.peerName} ·{" "}
          <time title={exactTime(updatedAt, locale)}>
            {relativeTime(updatedAt, { now, locale })}
          </time>
        </span>
      </button>
      {row.openInterrupts > 0 && (
        <Badge tone="warn">{text("sidebar.waiting", { count: row.openInterrupts })}</Badge>
      )}
      <Menu
        label={text("sidebar.actions", { title: row.title ?? text("sidebar.untitled") })}
        size="small"
        items={[
          { label: text("sidebar.rename"), icon: Pencil, onSelect: () => setRenaming(true) },
          {
            label: text(row.pinned ? "sidebar.unpin" : "sidebar.pin"),
            icon: row.pinned ? PinOff : Pin,
            onSelect: () => void onChange({ pinned: !row.pinned }),
          },
          {
            label: text(row.archived ? "sidebar.unarchive" : "sidebar.archive"),
            icon: row.archived ? Undo2 : Archive,
            onSelect: () => void onChange({ archived: !row.archived }),
          },
          {
            label: text("sidebar.delete"),
            icon: Trash2,
            tone: "bad",
            onSelect: () => void onDelete(),
          },
        ]}
      />
    </li>
  );
}

function TitleField({
  initial,
  label,
  onDone,
}: {
  readonly initial: string;
  readonly label: string;
  readonly onDone: (title: string | null) => void;
}): JSX.Element {
  const isDone = useRef(false);
  const finish = (title: string | null): void => {
    if (isDone.current) return; // Enter also takes the focus away
    isDone.current = true;
    onDone(title);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === "Enter") finish(event.currentTarget.value);
    if (event.key === "Escape") finish(null);
  };
  return (
    <li className="line">
      <input
        className="input"
        aria-label={label}
        defaultValue={initial}
        ref={(element: HTMLInputElement | null) => element?.focus()}
        onKeyDown={press}
        onBlur={(event) => finish(event.currentTarget.value)}
      />
    </li>
  );
}
