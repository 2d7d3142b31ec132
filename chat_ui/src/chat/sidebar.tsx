/** The conversations at the side: search, pinned first, and what can be done to each. */
import { useState, type JSX } from "react";
import { Button, IconButton } from "~/ui/button.tsx";
import { Skeleton } from "~/ui/feedback.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Archive, Moon, Plus, Search, User, X } from "~/ui/icons.ts";
import { Icon } from "~/ui/icon.tsx";
import { Menu } from "~/ui/menu.tsx";
import { useStyles } from "~/ui/styles.tsx";
import { useToast } from "~/ui/toast.tsx";
import { useClient, useStore } from "./client.tsx";
import { useConversationList } from "./conversation-list.ts";
import { ConversationLine } from "./conversation-line.tsx";
import { go, place } from "./route.ts";
import sheet from "./sidebar.css?inline";
import { toggleTheme } from "./theme.ts";

/** A column on wide screens, a drawer on narrow ones. */
export function Sidebar({
  isOpen,
  onClose,
  onNew,
  onSignedOut,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onNew: () => void;
  readonly onSignedOut: () => void;
}): JSX.Element {
  const text = useText();
  useStyles(sheet);
  const showToast = useToast();
  const { api, me } = useClient();
  const { conversationId } = useStore(place);
  const [search, setSearch] = useState("");
  const [isArchive, setArchive] = useState(false);
  const list = useConversationList(search, isArchive);
  const remove = async (id: string): Promise<void> => {
    await list.remove(id);
    if (id === conversationId) go({});
    showToast({
      text: text("sidebar.deleted"),
      action: { label: text("toast.undo"), onAction: () => void list.restore(id) },
    });
  };
  return (
    <>
      {isOpen && <div className="drawer-scrim" onClick={onClose} aria-hidden="true" />}
      <nav className="sidebar" data-open={isOpen} aria-label={text("sidebar.label")}>
        <div className="sidebar-head">
          <Button kind="plain" icon={Plus} onClick={onNew} className="sidebar-new">
            {text("sidebar.new")}
          </Button>
          <span className="drawer-button">
            <IconButton icon={X} label={text("sidebar.close")} onClick={onClose} />
          </span>
        </div>
        <label className="sidebar-search">
          <Icon of={Search} size={16} />
          <input
            className="input"
            type="search"
            aria-label={text("sidebar.search")}
            placeholder={text("sidebar.search")}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
        <ul role="list" className="sidebar-list" tabIndex={0} aria-label={text("sidebar.label")}>
          {list.rows === null && <Skeleton lines={5} />}
          {list.rows?.length === 0 && (
            <li className="sidebar-empty muted">
              {text(
                search !== ""
                  ? "sidebar.nothingFound"
                  : isArchive
                    ? "sidebar.emptyArchive"
                    : "sidebar.empty",
              )}
            </li>
          )}
          {list.rows?.map((row) => (
            <ConversationLine
              key={row.id}
              row={row}
              isCurrent={row.id === conversationId}
              onOpen={() => {
                go({ conversationId: row.id });
                onClose();
              }}
              onChange={(change) => list.change(row.id, change)}
              onDelete={() => remove(row.id)}
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
        <div className="sidebar-foot">
          <span className="sidebar-me">
            <Icon of={User} size={16} /> {me.name}
          </span>
          <IconButton
            size="small"
            icon={Archive}
            aria-pressed={isArchive}
            label={text(isArchive ? "sidebar.showActive" : "sidebar.showArchive")}
            onClick={() => setArchive(!isArchive)}
          />
          <IconButton
            size="small"
            icon={Moon}
            label={text("sidebar.theme")}
            onClick={toggleTheme}
          />
          <Menu
            label={text("sidebar.account")}
            size="small"
            items={[
              {
                label: text("sidebar.signOut"),
                onSelect: () => void api.signOut().then(onSignedOut, onSignedOut),
              },
            ]}
          />
        </div>
      </nav>
    </>
  );
}
