/** The lines of the sidebar, and what stands there while there are none. */
import type { JSX } from "react";
import type { ConversationRow } from "~/core/api.ts";
import { Button } from "~/ui/button.tsx";
import { Skeleton } from "~/ui/feedback.tsx";
import { useText } from "~/ui/i18n.tsx";
import { useProblemText } from "~/ui/problem-text.ts";
import type { Change, ConversationList } from "./conversation-list.ts";
import { ConversationLine } from "./conversation-line.tsx";

/** `emptyWords` says why there is nothing. */
export function SidebarList({
  list,
  currentId,
  emptyWords,
  onOpen,
  onChange,
  onDelete,
}: {
  readonly list: ConversationList;
  readonly currentId: string | undefined;
  readonly emptyWords: string;
  readonly onOpen: (id: string) => void;
  readonly onChange: (row: ConversationRow, change: Change) => Promise<void>;
  readonly onDelete: (row: ConversationRow) => Promise<void>;
}): JSX.Element {
  const text = useText();
  const told = useProblemText();
  return (
    <ul role="list" className="sidebar-list" tabIndex={0} aria-label={text("sidebar.label")}>
      {list.problem !== null && (
        <li className="sidebar-empty">
          <p role="alert">{text("sidebar.problem", { reason: told(list.problem) })}</p>
          <Button size="small" onClick={list.reload}>
            {text("message.retry")}
          </Button>
        </li>
      )}
      {list.rows === null && list.problem === null && (
        <li>
          <Skeleton lines={5} />
        </li>
      )}
      {list.rows?.length === 0 && <li className="sidebar-empty muted">{emptyWords}</li>}
      {list.rows?.map((row) => (
        <ConversationLine
          key={row.id}
          row={row}
          isCurrent={row.id === currentId}
          onOpen={() => onOpen(row.id)}
          onChange={(change) => onChange(row, change)}
          onDelete={() => onDelete(row)}
        />
      ))}
      {list.hasMore && (
        <li>
          <Button kind="quiet" size="small" onClick={list.more}>
            {text("sidebar.more")}
          </Button>
        </li>
      )}
    </ul>
  );
}
