/** One conversation: its head, its transcript, what it asks, and where one writes. */
import { useEffect, useMemo, useRef, type JSX, type ReactNode } from "react";
import { RequestTray } from "~/cards/request-tray.tsx";
import type { PeerCard } from "~/core/api.ts";
import { useText } from "~/ui/i18n.tsx";
import { Badge } from "~/ui/feedback.tsx";
import { useCardActions } from "./card-actions.ts";
import { useClient, useStore } from "./client.tsx";
import { Composer } from "./composer.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Ended } from "./ended.tsx";
import { MessageQueue } from "./lazy.tsx";
import { place } from "./route.ts";
import { Transcript } from "./transcript.tsx";
import { usePeerOf } from "./use-peer.ts";

/** Follows the conversation as long as it is shown. */
export function ConversationPane({
  conversationId,
  peers,
  leading,
  onStart,
}: {
  readonly conversationId: string;
  readonly peers: readonly PeerCard[];
  readonly leading: ReactNode;
  readonly onStart: (peer: PeerCard, firstMessage?: string) => Promise<void>;
}): JSX.Element {
  const text = useText();
  const { session } = useClient();
  const { conversation, outbox } = useMemo(
    () => session.enter(conversationId),
    [session, conversationId],
  );
  useEffect(() => () => session.leave(conversationId), [session, conversationId]);
  const state = useStore(conversation.state);
  const pending = useStore(outbox.pending);
  const actions = useCardActions(conversationId, conversation);
  const peer = usePeerOf(conversationId, peers);
  const { messageId } = useStore(place);
  const composer = useRef<HTMLTextAreaElement>(null);
  const { view } = state;
  const isEmpty = state.isLoaded && view.order.length === 0 && pending.length === 0;
  const open = view.openInterrupts.flatMap((id) => view.interrupts[id] ?? []);
  return (
    <section className="pane" aria-labelledby="conversation-title">
      <header className="pane-head">
        {leading}
        <h1 className="pane-title" id="conversation-title">
          {view.title ?? peer?.name ?? ""}
        </h1>
        {peer?.isScripted && <Badge tone="info">{text("peer.scripted")}</Badge>}
      </header>
      <ConnectionBanner connection={session.connection} onRetry={() => session.connect()} />
      <Transcript
        state={state}
        pending={pending}
        peer={peer}
        actions={actions}
        scrollTo={messageId}
        isEmpty={isEmpty}
        onSend={(content) => session.send(conversationId, content)}
        onRetry={(id) => outbox.retry(id)}
        onDiscard={(id) => outbox.remove(id)}
        onLeave={() => composer.current?.focus()}
      />
      <footer className="pane-foot">
        <RequestTray interrupts={open} onOpen={actions.focusCard} />
        {view.queue.length > 0 && <MessageQueue conversationId={conversationId} view={view} />}
        {view.ended === null ? (
          <Composer
            ref={composer}
            conversationId={conversationId}
            isRunning={view.activeTurnId !== null}
            lastSent={lastSent(state)}
            actions={peer?.abilities?.filter((ability) => ability.as === "action") ?? []}
          />
        ) : (
          <Ended
            ended={view.ended}
            onStartNew={peer === undefined ? undefined : () => void onStart(peer)}
          />
        )}
      </footer>
    </section>
  );
}

function lastSent({
  view,
}: {
  readonly view: { order: string[]; messages: Record<string, { role: string; text: string }> };
}): string {
  const id = view.order.findLast((candidate) => view.messages[candidate]?.role === "user");
  return id === undefined ? "" : (view.messages[id]?.text ?? "");
}
