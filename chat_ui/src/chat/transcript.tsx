/** The transcript: messages of the shown branch, oldest first, readable and walkable by keyboard. */
import { useEffect, useMemo, useRef, type JSX } from "react";
import { InterruptCard } from "~/cards/interrupt-card.tsx";
import type { PeerCard } from "~/core/api.ts";
import type { ConversationState } from "~/core/conversation.ts";
import type { PendingMessage } from "~/core/outbox.ts";
import { branch, type ConversationView, type Interrupt, type Message } from "~/core/view.ts";
import { Button } from "~/ui/button.tsx";
import { Skeleton } from "~/ui/feedback.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Announcer, Greeting, ToEnd } from "./lazy.tsx";
import { MessageView } from "./message-view.tsx";
import { PendingLine } from "./pending-line.tsx";
import type { Shown } from "./shown.ts";
import { useFollow } from "./use-follow.ts";
import { useNews } from "./use-news.ts";
import { useShownPart } from "./use-shown-part.ts";
import { focusLast, isFold, walk } from "./walk.ts";
import { Working } from "./working.tsx";

/** `onLeave` gives the focus to where one writes. `scrollTo` is the message that the address points at. */
export function Transcript({
  state,
  shown,
  pending,
  peer,
  scrollTo,
  onSend,
  onRetry,
  onDiscard,
  onLeave,
}: {
  readonly state: ConversationState;
  readonly shown: Shown;
  readonly pending: readonly PendingMessage[];
  readonly peer: PeerCard | undefined;
  readonly scrollTo: string | undefined;
  readonly onSend: (content: string) => void;
  readonly onRetry: (clientMessageId: string) => void;
  readonly onDiscard: (clientMessageId: string) => void;
  readonly onLeave: () => void;
}): JSX.Element {
  const text = useText();
  const { view, isLoaded } = state;
  const path = useMemo(() => branch(view), [view]);
  const follow = useFollow();
  const ids = useMemo(() => path.map((message) => message.messageId), [path]);
  const anchors = "[data-message]";
  const part = useShownPart(ids, { box: follow.box, anchors, wanted: scrollTo });
  const list = useRef<HTMLDivElement>(null);
  const { toEnd, stay } = follow;
  const hasNews = useNews(ids.at(-1), follow.isAtEnd || !isLoaded); // a replay is no news
  const sending = pending.filter((message) => message.state === "sending").length;
  useEffect(() => {
    if (sending > 0) toEnd(); // whoever writes wants to see what comes of it
  }, [sending, toEnd]);
  useEffect(() => {
    if (!isLoaded || scrollTo === undefined) return;
    const target = list.current?.querySelector(`[data-message="${CSS.escape(scrollTo)}"]`);
    if (!target) return;
    stay();
    target.scrollIntoView({ block: "center" });
  }, [scrollTo, isLoaded, stay]);
  const isEmpty = isLoaded && view.order.length === 0 && pending.length === 0;
  return (
    <div className="transcript-frame">
      <div
        className="transcript"
        data-follows={follow.isAtEnd}
        ref={follow.box}
        tabIndex={-1}
        onScroll={() => {
          if (!follow.onScroll()) part.onScroll();
        }}
      >
        <div
          className="transcript-column"
          ref={list}
          role="log"
          aria-live="off"
          aria-busy={view.activeTurnId !== null}
          aria-label={text("transcript.label")}
          onKeyDown={(event) => walk(event, onLeave)}
          onClick={(event) => isFold(event.target) && follow.hold()}
        >
          {!isLoaded && path.length === 0 && pending.length === 0 && <Skeleton lines={4} />}
          {isEmpty && <Greeting peer={peer} onSend={onSend} />}
          {part.hidden > 0 && (
            <Button kind="quiet" size="small" onClick={part.more}>
              {text("transcript.earlier", { count: part.hidden })}
            </Button>
          )}
          {path.slice(part.hidden).map((message, index, rest) => (
            <MessageView
              key={message.messageId}
              message={message}
              streamed={state.streaming[message.messageId]}
              shown={shown}
              isLast={index === rest.length - 1}
              isTarget={message.messageId === scrollTo}
              continues={isSameTurn(rest[index - 1], message)}
              endsTurn={!isSameTurn(message, rest[index + 1])}
            />
          ))}
          {loose(view, ids).map((interrupt) => (
            <InterruptCard
              key={interrupt.interruptId}
              interrupt={interrupt}
              draft={shown.drafts[interrupt.interruptId]}
              actions={shown.actions}
            />
          ))}
          {pending.map((message) => (
            <PendingLine
              key={message.clientMessageId}
              message={message}
              onRetry={onRetry}
              onDiscard={onDiscard}
            />
          ))}
          <Working state={state} isSending={sending > 0} />
        </div>
      </div>
      {!follow.isAtEnd && (
        <ToEnd
          hasNews={hasNews}
          onPress={() => {
            toEnd();
            focusLast(list.current);
          }}
        />
      )}
      <Announcer view={view} />
    </div>
  );
}

/** What is asked without belonging to a message that is shown. */
function loose(view: ConversationView, ids: readonly string[]): Interrupt[] {
  return view.openInterrupts
    .flatMap((id) => view.interrupts[id] ?? [])
    .filter(({ messageId }) => messageId === undefined || !ids.includes(messageId));
}

function isSameTurn(before: Message | undefined, after: Message | undefined): boolean {
  return (
    before?.role === "assistant" && after?.role === "assistant" && before.turnId === after.turnId
  );
}
