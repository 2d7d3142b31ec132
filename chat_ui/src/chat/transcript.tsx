/** The transcript: messages of the shown branch, oldest first, readable and walkable by keyboard. */
import { useEffect, useRef, useState, type JSX } from "react";
import type { CardActions } from "~/cards/actions.ts";
import { InterruptCard } from "~/cards/interrupt-card.tsx";
import type { PeerCard } from "~/core/api.ts";
import type { ConversationState } from "~/core/conversation.ts";
import type { PendingMessage } from "~/core/outbox.ts";
import { branch, type Message } from "~/core/view.ts";
import { Button } from "~/ui/button.tsx";
import { Skeleton } from "~/ui/feedback.tsx";
import { useText } from "~/ui/i18n.tsx";
import { ArrowDown } from "~/ui/icons.ts";
import { Announcer } from "./announcer.tsx";
import { Greeting } from "./lazy.tsx";
import { MessageView } from "./message-view.tsx";
import { PendingLine } from "./pending-line.tsx";
import { useFollow } from "./use-follow.ts";
import { focusLast, walk } from "./walk.ts";
import { Working } from "./working.tsx";

const FIRST_SHOWN = 60;

/** `onLeave` gives the focus to where one writes. */
export function Transcript({
  state,
  pending,
  peer,
  actions,
  scrollTo,
  isEmpty,
  onSend,
  onRetry,
  onDiscard,
  onLeave,
}: {
  readonly state: ConversationState;
  readonly pending: readonly PendingMessage[];
  readonly peer: PeerCard | undefined;
  readonly actions: CardActions;
  readonly scrollTo: string | undefined;
  readonly isEmpty: boolean;
  readonly onSend: (content: string) => void;
  readonly onRetry: (clientMessageId: string) => void;
  readonly onDiscard: (clientMessageId: string) => void;
  readonly onLeave: () => void;
}): JSX.Element {
  const text = useText();
  const { view, drafts } = state;
  const [shown, setShown] = useState(FIRST_SHOWN);
  const path = branch(view);
  const hidden = Math.max(0, path.length - shown);
  const follow = useFollow();
  const list = useRef<HTMLDivElement>(null);
  const { isLoaded } = state;
  const { toEnd } = follow;
  const sending = pending.filter((message) => message.state === "sending").length;
  useEffect(() => {
    if (sending > 0) toEnd(); // whoever writes wants to see what comes of it
  }, [sending, toEnd]);
  useEffect(() => {
    if (!isLoaded || scrollTo === undefined) return;
    list.current
      ?.querySelector(`[data-message="${CSS.escape(scrollTo)}"]`)
      ?.scrollIntoView({ block: "center" });
  }, [scrollTo, isLoaded]);
  const loose = view.openInterrupts.flatMap((id) => {
    const interrupt = view.interrupts[id];
    return interrupt === undefined ||
      path.some((message) => message.messageId === interrupt.messageId)
      ? []
      : interrupt;
  });
  return (
    <div className="transcript-frame">
      <div className="transcript" ref={follow.box} onScroll={follow.onScroll} tabIndex={-1}>
        <div
          className="transcript-column"
          ref={list}
          role="log"
          aria-live="off"
          aria-busy={view.activeTurnId !== null}
          aria-label={text("transcript.label")}
          onKeyDown={(event) => walk(event, onLeave)}
        >
          {!isLoaded && path.length === 0 && <Skeleton lines={4} />}
          {isEmpty && <Greeting peer={peer} onSend={onSend} />}
          {hidden > 0 && (
            <Button kind="quiet" size="small" onClick={() => setShown(shown + FIRST_SHOWN)}>
              {text("transcript.earlier", { count: hidden })}
            </Button>
          )}
          {path.slice(hidden).map((message, index, rest) => (
            <MessageView
              key={message.messageId}
              message={message}
              state={state}
              actions={actions}
              isLast={index === rest.length - 1}
              continues={isSameTurn(rest[index - 1], message)}
              endsTurn={!isSameTurn(message, rest[index + 1])}
            />
          ))}
          {loose.map((interrupt) => (
            <InterruptCard
              key={interrupt.interruptId}
              interrupt={interrupt}
              draft={drafts[interrupt.interruptId]}
              actions={actions}
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
          <Working
            state={state}
            isSending={pending.some((message) => message.state === "sending")}
          />
        </div>
      </div>
      {!follow.isAtEnd && (
        <div className="to-end">
          <Button
            size="small"
            icon={ArrowDown}
            onClick={() => {
              follow.toEnd();
              focusLast(list.current);
            }}
          >
            {text("transcript.toEnd")}
          </Button>
        </div>
      )}
      <Announcer view={view} />
    </div>
  );
}

function isSameTurn(before: Message | undefined, after: Message | undefined): boolean {
  return (
    before?.role === "assistant" && after?.role === "assistant" && before.turnId === after.turnId
  );
}
