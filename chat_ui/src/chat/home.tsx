/** The page of a signed-in person: conversations at the side, one of them in the middle. */
import { useEffect, useState, type JSX } from "react";
import type { PeerCard } from "~/core/api.ts";
import { IconButton } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Menu as MenuIcon } from "~/ui/icons.ts";
import { useAttention } from "./attention.ts";
import { useClient, useStore } from "./client.tsx";
import { ConversationPane } from "./conversation-pane.tsx";
import { Sidebar, Start } from "./lazy.tsx";
import { go, place } from "./route.ts";

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
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  useAttention(useStore(session.inbox));
  useEffect(() => {
    (peerId === undefined ? api.peers() : api.peer(peerId).then((peer) => [peer])).then(
      setPeers,
      () => setPeers([]),
    );
  }, [api, peerId]);
  const start = async (peer: PeerCard, firstMessage?: string): Promise<void> => {
    const { id } = await api.startConversation(peer.id);
    if (firstMessage !== undefined) session.send(id, firstMessage);
    go({ conversationId: id });
    setDrawerOpen(false);
  };
  const drawerButton = (
    <span className="drawer-button">
      <IconButton
        icon={MenuIcon}
        label={text("sidebar.open")}
        onClick={() => setDrawerOpen(true)}
      />
    </span>
  );
  return (
    <div className="home">
      <Sidebar
        isOpen={isDrawerOpen}
        onClose={() => setDrawerOpen(false)}
        onNew={() => {
          go({});
          setDrawerOpen(false);
        }}
        onSignedOut={onSignedOut}
      />
      {conversationId === undefined ? (
        <Start peers={peers} leading={drawerButton} onStart={start} />
      ) : (
        <ConversationPane
          key={conversationId}
          conversationId={conversationId}
          peers={peers ?? []}
          leading={drawerButton}
          onStart={start}
        />
      )}
    </div>
  );
}
