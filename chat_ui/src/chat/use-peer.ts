/** The Peer of a conversation, with what it can do. */
import { useEffect, useState } from "react";
import type { PeerCard } from "~/core/api.ts";
import { useClient } from "./client.tsx";

/** Looks the Peer up by the conversation, again when the connection is back; undefined until it is known. */
export function usePeerOf(
  conversationId: string,
  peers: readonly PeerCard[],
): PeerCard | undefined {
  const { api, session } = useClient();
  const [peerId, setPeerId] = useState<string | undefined>();
  const [found, setFound] = useState<PeerCard | undefined>();
  const known = peers.find((peer) => peer.id === peerId);
  const isWhole = known?.abilities !== undefined;
  useEffect(() => {
    let isDone = false;
    const look = async (): Promise<void> => {
      const id = peerId ?? (await api.conversation(conversationId)).peerId;
      if (isDone) return;
      isDone = true;
      if (peerId === undefined) setPeerId(id);
      else if (!isWhole) setFound(await api.peer(id));
    };
    const attempt = (): void =>
      void look().catch(() => {
        isDone = false;
      });
    attempt();
    const stop = session.connection.watch(() => {
      if (!isDone && session.connection.get().state === "live") attempt();
    });
    return () => {
      isDone = true;
      stop();
    };
  }, [api, session, conversationId, peerId, isWhole]);
  return isWhole ? known : (found ?? known);
}
