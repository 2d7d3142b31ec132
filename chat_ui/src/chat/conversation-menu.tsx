/** What can be done with a conversation of the list. */
import type { JSX } from "react";
import type { ConversationRow } from "~/core/api.ts";
import { useText } from "~/ui/i18n.tsx";
import { Archive, Pencil, Pin, PinOff, Trash2, Undo2 } from "~/ui/icons.ts";
import { Menu } from "~/ui/menu.tsx";
import type { Change } from "./conversation-list.ts";

/** Rename, pin, archive, delete. */
export function ConversationMenu({
  row,
  onRename,
  onChange,
  onDelete,
}: {
  readonly row: ConversationRow;
  readonly onRename: () => void;
  readonly onChange: (change: Change) => Promise<void>;
  readonly onDelete: () => Promise<void>;
}): JSX.Element {
  const text = useText();
  return (
    <Menu
      label={text("sidebar.actions", { title: row.title ?? text("sidebar.untitled") })}
      size="small"
      items={[
        { label: text("sidebar.rename"), icon: Pencil, onSelect: onRename },
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
  );
}
