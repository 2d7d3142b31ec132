/** One conversation: its head, its transcript, what it asks, and where one writes. */
import { useEffect, useMemo, useRef, useState, type JSX, type ReactNode } from "react";
import type { PeerCard } from "~/core/api.ts";
import type { ConversationView } from "~/core/view.ts";
import { IconButton } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Search } from "~/ui/icons.ts";
import { useSubject } from "./attention.ts";
import { useCardActions } from "./card-actions.ts";
import { useCalmStore, useClient, useStore } from "./client.tsx";
import { Composer } from "./composer.tsx";
import { draftOf, withQuote } from "./composer-drafts.ts";
import { ConnectionBanner } from "./connection-banner.tsx"; // not later: then there may be no server to fetch it from
import { Ended, FindBar, MessageQueue, Missing, RequestTray } from "./lazy.tsx";
import { place } from "./route.ts";
import type { Shown } from "./shown.ts";
import { Transcript } from "./transcript.tsx";
import { useCardArrival } from "./use-card-arrival.ts";
import { useKeyHint } from "./use-key-hint.ts";
import { useLostFocus } from "./use-lost-focus.ts";
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
  const state = useCalmStore(conversation.state);
  const pending = useStore(outbox.pending);
  const actions = useCardActions(conversation);
  const peer = usePeerOf(conversationId, peers);
  const { messageId, interruptId } = useStore(place);
  const composer = useRef<HTMLTextAreaElement>(null);
  const findButton = useRef<HTMLSpanElement>(null);
  const [isFinding, setFinding] = useState(false);
  const findHint = useKeyHint("find");
  const { view, drafts } = state;
  const title = view.title ?? peer?.name ?? "";
  useSubject(title);
  useLostFocus(composer, messageId === undefined && interruptId === undefined);
  const pane = useRef<HTMLElement>(null);
  useCardArrival(pane, interruptId, actions.focusCard);
  const shown = useMemo<Shown>(() => {
    const quote = (words: string): void => {
      draftOf(conversationId).set((draft) => withQuote(draft, words));
      composer.current?.focus();
    };
    return { conversationId, view, drafts, actions, quote };
  }, [conversationId, view, drafts, actions]);
  const open = view.openInterrupts.flatMap((id) => view.interrupts[id] ?? []);
  return (
    <section ref={pane} className="pane" aria-labelledby="conversation-title">
      <header className="pane-head">
        {leading}
        <h1 className="pane-title words" id="conversation-title">
          {state.refusal === null ? title : text("missing.title")}
        </h1>
        {view.order.length > 0 && (
          <span className="find-button" ref={findButton}>
            <IconButton
              icon={Search}
              label={text("find.open")}
              aria-expanded={isFinding}
              onClick={() => setFinding(!isFinding)}
              {...findHint}
            />
          </span>
        )}
      </header>
      {isFinding && (
        <FindBar
          conversationId={conversationId}
          view={view}
          onClose={() => {
            setFinding(false);
            findButton.current?.querySelector("button")?.focus();
          }}
        />
      )}
      <ConnectionBanner connection={session.connection} onRetry={() => session.connect()} />
      {state.refusal !== null ? (
        <Missing />
      ) : (
        <>
          <Transcript
            state={state}
            shown={shown}
            pending={pending}
            peer={peer}
            scrollTo={messageId}
            onSend={(content) => session.send(conversationId, content)}
            onRetry={(id) => outbox.retry(id)}
            onDiscard={(id) => outbox.remove(id)}
            onLeave={() => composer.current?.focus()}
          />
          <footer className="pane-foot">
            {open.length > 0 && <RequestTray interrupts={open} onOpen={actions.focusCard} />}
            {view.queue.length > 0 && <MessageQueue conversationId={conversationId} view={view} />}
            {view.ended === null ? (
              <Composer
                ref={composer}
                conversationId={conversationId}
                isRunning={view.activeTurnId !== null}
                lastSent={lastSent(view)}
                actions={peer?.abilities?.filter((ability) => ability.as === "action") ?? []}
              />
            ) : (
              <Ended
                ended={view.ended}
                onStartNew={peer === undefined ? undefined : () => void onStart(peer)}
              />
            )}
          </footer>
        </>
      )}
    </section>
  );
}

function lastSent({ order, messages }: ConversationView): string {
  const id = order.findLast((candidate) => messages[candidate]?.role === "user");
  return id === undefined ? "" : (messages[id]?.text ?? "");
}
