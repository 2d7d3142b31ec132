/** One conversation as a client holds it: the folded view, the text in flight, the drafts, and what is being sent. */
import type { AnyServerFrame, Actor, DraftState } from "~/protocol/wire.gen.ts";
import { fold, GapError } from "./fold.ts";
import { createStore, type Readable, type Store } from "./store.ts";
import { type ConversationView, emptyView, type Interrupt } from "./view.ts";

/** Everything a screen draws of a conversation. */
export interface ConversationState {
  conversationId: string;
  epoch: string | null;
  view: ConversationView;
  /** Text of messages in flight, by message id. */
  streaming: Record<string, string>;
  drafts: Record<string, DraftState>;
  present: Actor[];
  /** Whether the replay after opening is through. */
  isLoaded: boolean;
  /** Why the server would not open it: it is gone, or belongs to somebody else. */
  refusal: string | null;
}

/** What the conversation asks of its session. */
export interface ConversationWire {
  /** Ask for every event after `afterSeq`. */
  resync(afterSeq: number, epoch: string | null): void;
  /** A client tool call is free to be claimed. */
  offered(interrupt: Interrupt): void;
}

/** Applies frames; never skips an event, never applies one twice. */
export class Conversation {
  readonly state: Readable<ConversationState>;
  private readonly store: Store<ConversationState>;

  constructor(
    conversationId: string,
    private readonly wire: ConversationWire,
  ) {
    this.store = createStore<ConversationState>({
      conversationId,
      epoch: null,
      view: emptyView(),
      streaming: {},
      drafts: {},
      present: [],
      isLoaded: false,
      refusal: null,
    });
    this.state = this.store;
  }

  /** Asks for what is missing; call it for each new connection. */
  resume(): void {
    const { view, epoch } = this.store.get();
    this.wire.resync(view.lastSeq, epoch);
  }

  /** The conversation was opened under this epoch. A new epoch starts the log anew. */
  opened(epoch: string): void {
    const known = this.store.get().epoch;
    if (known !== null && known !== epoch) this.forget();
    this.store.set((state) => ({ ...state, epoch, refusal: null }));
  }

  /** The server will not open it. */
  refused(reason: string): void {
    this.store.set((state) => ({ ...state, refusal: reason }));
  }

  /** Takes one frame that names this conversation. */
  receive(frame: AnyServerFrame): void {
    switch (frame.type) {
      case "event":
        return this.event(frame);
      case "message.delta":
        return this.delta(frame.messageId, frame.offset, frame.delta);
      case "snapshot": {
        const drafts = Object.fromEntries(frame.drafts.map((draft) => [draft.interruptId, draft]));
        const streaming = Object.fromEntries(
          frame.streaming.map((part) => [part.messageId, part.text]),
        );
        this.store.set((state) => ({ ...state, drafts, streaming, isLoaded: true }));
        // A lease ends with its connection: whatever still waits is offered again.
        return this.store.get().view.openInterrupts.forEach((id) => this.offer(id));
      }
      case "form.drafted":
        return this.draft(frame.draft);
      case "clientTool.released":
        return this.offer(frame.interruptId);
      case "presence":
        return this.store.set((state) => ({ ...state, present: frame.actors }));
      case "reset":
        this.forget();
        return this.wire.resync(0, frame.epoch);
      default:
    }
  }

  /** Remembers a draft that this client saved or another one told of. */
  draft(draft: DraftState): void {
    const known = this.store.get().drafts[draft.interruptId];
    if (known !== undefined && known.rev >= draft.rev) return;
    this.store.set((state) => ({
      ...state,
      drafts: { ...state.drafts, [draft.interruptId]: draft },
    }));
  }

  private event(frame: Extract<AnyServerFrame, { type: "event" }>): void {
    const state = this.store.get();
    if (frame.seq <= state.view.lastSeq) return; // replayed beside the live stream
    let view: ConversationView;
    try {
      view = fold(state.view, frame);
    } catch (error) {
      if (error instanceof GapError) return this.resume();
      throw error;
    }
    const event = frame.event;
    const { streaming, drafts } = state;
    this.store.set({
      ...state,
      view,
      streaming: event.type === "message.completed" ? omit(streaming, event.messageId) : streaming,
      drafts: event.type === "interrupt.settled" ? omit(drafts, event.interruptId) : drafts,
    });
    if (event.type === "interrupt.opened" && state.isLoaded) this.offer(event.interruptId);
  }

  private offer(interruptId: string): void {
    const interrupt = this.store.get().view.interrupts[interruptId];
    if (interrupt?.kind === "client_tool" && interrupt.status === "open")
      this.wire.offered(interrupt);
  }

  private delta(messageId: string, offset: number, delta: string): void {
    const text = this.store.get().streaming[messageId] ?? "";
    if (offset > text.length) return; // a frame before it was lost: the message arrives whole at its end
    const next = text.slice(0, offset) + delta;
    this.store.set((state) => ({ ...state, streaming: { ...state.streaming, [messageId]: next } }));
  }

  private forget(): void {
    this.store.set((state) => ({
      ...state,
      epoch: null,
      view: emptyView(),
      streaming: {},
      drafts: {},
      isLoaded: false,
    }));
  }
}

function omit<T>(map: Record<string, T>, key: string): Record<string, T> {
  if (!Object.hasOwn(map, key)) return map;
  const { [key]: _, ...rest } = map;
  return rest;
}
