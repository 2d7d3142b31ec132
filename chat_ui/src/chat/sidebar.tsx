/** The list of conversations with search and archive, and what can be done to each. */
import { useEffect, useRef, useState, type JSX } from "react";
import type { ConversationRow } from "~/core/api.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { type MessageKey, useText } from "~/ui/i18n.tsx";
import { Archive, Moon, Plus, Search, User, X } from "~/ui/icons.ts";
import { Icon } from "~/ui/icon.tsx";
import { useStyles } from "~/ui/styles.tsx";
import { useToast } from "~/ui/toast.tsx";
import { useClient, useStore } from "./client.tsx";
import { useConversationList, type Change } from "./conversation-list.ts";
import { AccountMenu } from "./lazy.tsx";
import { go, place } from "./route.ts";
import { SidebarList } from "./sidebar-list.tsx";
import sheet from "./sidebar.css?inline";
import { toggleTheme } from "./theme.ts";
import { useKeyHint } from "./use-key-hint.ts";

/** A column on wide screens, a drawer on narrow ones. */
export function Sidebar({
  isOpen,
  onClose,
  onNew,
  onShortcuts,
  onSignedOut,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onNew: () => void;
  readonly onShortcuts: () => void;
  readonly onSignedOut: () => void;
}): JSX.Element {
  const text = useText();
  useStyles(sheet);
  const showToast = useToast();
  const { me } = useClient();
  const { conversationId } = useStore(place);
  const [search, setSearch] = useState("");
  const [isArchive, setArchive] = useState(false);
  const list = useConversationList(search, isArchive);
  const box = useRef<HTMLElement>(null);
  const newHint = useKeyHint("new");
  const searchHint = useKeyHint("search");
  useEffect(() => {
    if (isOpen) box.current?.querySelector<HTMLElement>(".drawer-button button")?.focus();
  }, [isOpen]);
  const undoable = (words: string, onAction: () => void): void =>
    showToast({ text: words, action: { label: text("toast.undo"), onAction } });
  const remove = async (id: string): Promise<void> => {
    if (!(await list.remove(id))) return;
    if (id === conversationId) go({});
    undoable(text("sidebar.deleted"), () => {
      void list
        .restore(id)
        .then((isBack) => isBack && id === conversationId && go({ conversationId: id }));
    });
  };
  const change = async (row: ConversationRow, wanted: Change): Promise<void> => {
    if (!(await list.change(row.id, wanted)) || wanted.archived === undefined) return;
    undoable(
      text(wanted.archived ? "sidebar.archived" : "sidebar.unarchived"),
      () => void list.change(row.id, { archived: !wanted.archived }),
    );
  };
  return (
    <>
      {isOpen && <div className="drawer-scrim" onClick={onClose} aria-hidden="true" />}
      <nav
        ref={box}
        className="sidebar"
        data-open={isOpen}
        aria-label={text("sidebar.label")}
        onKeyDown={(event) => isOpen && event.key === "Escape" && onClose()}
      >
        <div className="sidebar-head">
          <Button
            kind="plain"
            icon={Plus}
            onClick={onNew}
            className="sidebar-new"
            title={newHint.keys}
            aria-keyshortcuts={newHint["aria-keyshortcuts"]}
          >
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
            title={searchHint.keys}
            aria-keyshortcuts={searchHint["aria-keyshortcuts"]}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
        <SidebarList
          list={list}
          currentId={conversationId}
          emptyWords={text(emptyWords(search, isArchive))}
          onOpen={(id) => {
            go({ conversationId: id });
            onClose();
          }}
          onChange={change}
          onDelete={({ id }) => remove(id)}
        />
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
          <AccountMenu onShortcuts={onShortcuts} onSignedOut={onSignedOut} />
        </div>
      </nav>
    </>
  );
}

function emptyWords(search: string, isArchive: boolean): MessageKey {
  if (search !== "") return "sidebar.nothingFound";
  return isArchive ? "sidebar.emptyArchive" : "sidebar.empty";
}
