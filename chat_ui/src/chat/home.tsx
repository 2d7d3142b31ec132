/** The page of a signed-in person: conversations at the side, one of them in the middle. */
import { useCallback, useEffect, useState, type JSX } from "react";
import type { PeerCard } from "~/core/api.ts";
import { IconButton } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Menu as MenuIcon } from "~/ui/icons.ts";
import { useAttention } from "./attention.ts";
import { useClient, useStore } from "./client.tsx";
import { fetchAhead } from "~/ui/later.tsx";
import { ConversationPane, ShortcutsDialog, Sidebar, Start } from "./lazy.tsx";
import { go, place } from "./route.ts";
import { useDrawer } from "./use-drawer.ts";
import { useNotices } from "./use-notices.ts";
import { useShortcuts } from "./use-shortcuts.ts";
import { focusLast } from "./walk.ts";

const QUIET_MS = 1500;

/** The list, the conversation, and on narrow screens a drawer for the list. */
export function Home({
  peerId,
  onSignedOut,
}: {
  readonly peerId?: string;
  readonly onSignedOut: () => void;
}): JSX.Element {
  const text = useText();
  const { api, session } = useClient();
  const { conversationId } = useStore(place);
  const [peers, setPeers] = useState<readonly PeerCard[] | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [isListing, setListing] = useState(false);
  const drawer = useDrawer();
  const waiting = useStore(session.inbox);
  useAttention(waiting);
  useNotices(waiting);
  const load = useCallback(() => {
    (peerId === undefined ? api.peers() : api.peer(peerId).then((peer) => [peer])).then((found) => {
      setPeers(found);
      setProblem(null);
    }, setProblem);
  }, [api, peerId]);
  useEffect(load, [load]);
  useEffect(() => {
    const timer = setTimeout(() => void fetchAhead(), QUIET_MS);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    const look = new AbortController();
    const { signal } = look;
    const check = (): void => session.check(); // sooner than the socket itself would notice
    for (const news of ["online", "offline"]) window.addEventListener(news, check, { signal });
    document.addEventListener("visibilitychange", check, { signal });
    return () => look.abort();
  }, [session]);
  const start = async (peer: PeerCard, firstMessage?: string): Promise<void> => {
    const { id } = await (firstMessage === undefined
      ? api.freshConversation(peer.id)
      : api.startConversation(peer.id));
    if (firstMessage !== undefined) session.send(id, firstMessage);
    go({ conversationId: id });
    drawer.close();
  };
  const startNew = (): void => {
    go({});
    drawer.close();
  };
  const home = useShortcuts({
    list: () => setListing(true),
    new: startNew,
    search: () => {
      drawer.open();
      requestAnimationFrame(() =>
        home.current?.querySelector<HTMLElement>(".sidebar-search input")?.focus(),
      );
    },
    find: () => home.current?.querySelector<HTMLElement>(".find-button button")?.click(),
    newest: () => focusLast(home.current),
  });
  const drawerButton = (
    <span className="drawer-button" ref={drawer.button}>
      <IconButton icon={MenuIcon} label={text("sidebar.open")} onClick={drawer.open} />
    </span>
  );
  return (
    <div className="home" ref={home}>
      <Sidebar
        isOpen={drawer.isOpen}
        onClose={drawer.close}
        onNew={startNew}
        onShortcuts={() => setListing(true)}
        onSignedOut={onSignedOut}
      />
      {conversationId === undefined ? (
        <Start
          peers={peers}
          problem={problem}
          leading={drawerButton}
          onRetry={load}
          onStart={start}
        />
      ) : (
        <ConversationPane
          key={conversationId}
          conversationId={conversationId}
          peers={peers ?? []}
          leading={drawerButton}
          onStart={start}
        />
      )}
      {isListing && <ShortcutsDialog onClose={() => setListing(false)} />}
    </div>
  );
}
