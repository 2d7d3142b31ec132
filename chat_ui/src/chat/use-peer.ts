/** The Peer of a conversation, with what it can do. */
import { useEffect, useState } from "react";
import type { PeerCard } from "~/core/api.ts";
import { useClient } from "./client.tsx";

/** Looks the Peer up by the conversation; undefined until it is known. */
export function usePeerOf(
  conversationId: string,
  peers: readonly PeerCard[],
): PeerCard | undefined {
  const { api } = useClient();
  const [peerId, setPeerId] = useState<string | undefined>();
  const [found, setFound] = useState<PeerCard | undefined>();
  useEffect(() => {
    api.conversation(conversationId).then(
      (row) => setPeerId(row.peerId),
      () => setPeerId(undefined),
    );
  }, [api, conversationId]);
  const known = peers.find((peer) => peer.id === peerId);
  useEffect(() => {
    if (peerId !== undefined && known?.abilities === undefined)
      api.peer(peerId).then(setFound, () => undefined);
  }, [api, peerId, known]);
  return known?.abilities === undefined ? (found ?? known) : known;
}
