/** One conversation in the list: title, Peer, what waits; rename in place, and a menu for the rest. */
import { useState, type JSX } from "react";
import type { ConversationRow } from "~/core/api.ts";
import { Badge } from "~/ui/feedback.tsx";
import { Icon } from "~/ui/icon.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { Pin } from "~/ui/icons.ts";
import { exactTime, relativeTime } from "~/ui/time.ts";
import type { Change } from "./conversation-list.ts";
import { ConversationMenu, TitleField } from "./lazy.tsx";
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
  readonly onChange: (change: Change) => Promise<void>;
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
    return (
      <li className="line">
        <TitleField initial={row.title ?? ""} label={text("sidebar.rename")} onDone={finish} />
      </li>
    );
  }
  return (
    <li className="line" data-current={isCurrent}>
      <button
        type="button"
        className="line-open"
        aria-current={isCurrent ? "page" : undefined}
        onClick={onOpen}
      >
        <span className="line-title words">
          {row.pinned && <Icon of={Pin} size={14} label={text("sidebar.pinned")} />}
          {row.title ?? text("sidebar.untitled")}
        </span>
        <span className="line-meta muted">
          <span className="line-about">
            {row.peerName}
            {row.openInterrupts === 0 && (
              <>
                {" · "}
                <time title={exactTime(updatedAt, locale)}>
                  {relativeTime(updatedAt, { now, locale })}
                </time>
              </>
            )}
          </span>
          {row.openInterrupts > 0 && (
            <Badge tone="warn">{text("sidebar.waiting", { count: row.openInterrupts })}</Badge>
          )}
        </span>
      </button>
      <ConversationMenu
        row={row}
        onRename={() => setRenaming(true)}
        onChange={onChange}
        onDelete={onDelete}
      />
    </li>
  );
}
