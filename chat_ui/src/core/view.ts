/** What everybody in one conversation sees, as data; the shape that `ConversationView.as_json` gives. */
import type {
  Citation,
  Actor,
  InterruptOpened,
  InterruptSettled,
  MessageCreated,
  MessageReported,
  Problem,
  RunUpdated,
  ToolFinished,
  ToolStarted,
  TurnFinished,
  TurnStarted,
  Usage,
  WidgetAdded,
} from "~/protocol/wire.gen.ts";

type Fields<Event> = Omit<Event, "type">;

/** A message, with what happened to it since. */
export interface Message extends Omit<Fields<MessageCreated>, "status"> {
  status: "queued" | "streaming" | "completed" | "stopped" | "failed";
  text: string;
  createdAt: string;
  completedAt?: string;
  usage?: Usage;
  error?: Problem;
  citations?: Citation[];
  feedback?: { value: "up" | "down"; reason?: string; at: string };
  reported?: { reason: MessageReported["reason"]; by: Actor; at: string };
  toolCallIds: string[];
  widgetIds: string[];
}

/** A turn, running or over. */
export interface Turn
  extends Fields<TurnStarted>, Partial<Omit<Fields<TurnFinished>, "turnId" | "status">> {
  status: "running" | TurnFinished["status"];
  startedAt: string;
  finishedAt?: string;
}

/** A tool call, running or answered. */
export interface ToolCall
  extends Fields<ToolStarted>, Partial<Omit<Fields<ToolFinished>, keyof ToolStarted | "status">> {
  status: "running" | ToolFinished["status"];
  startedAt: string;
  finishedAt?: string;
}

/** A run as it was last reported. */
export interface RunView extends Fields<RunUpdated> {
  updatedAt: string;
}

/** A request to a person or a browser, open or closed. */
export interface Interrupt
  extends Fields<InterruptOpened>, Partial<Pick<InterruptSettled, "resolution" | "decidedBy">> {
  status: "open" | InterruptSettled["status"];
  settledAt?: string;
}

/** A widget with its state as it is now. */
export interface WidgetState extends Fields<WidgetAdded> {
  addedAt: string;
}

/** The state of a conversation after `lastSeq` events. */
export interface ConversationView {
  lastSeq: number;
  title: string | null;
  pinned: boolean;
  archived: boolean;
  messages: Record<string, Message>;
  order: string[];
  leaf: string | null;
  queue: string[];
  turns: Record<string, Turn>;
  activeTurnId: string | null;
  toolCalls: Record<string, ToolCall>;
  runs: Record<string, RunView>;
  interrupts: Record<string, Interrupt>;
  openInterrupts: string[];
  widgets: Record<string, WidgetState>;
  ended: { reason: string; runId?: string; at: string } | null;
}

/** A conversation before its first event. */
export function emptyView(): ConversationView {
  return {
    lastSeq: 0,
    title: null,
    pinned: false,
    archived: false,
    messages: {},
    order: [],
    leaf: null,
    queue: [],
    turns: {},
    activeTurnId: null,
    toolCalls: {},
    runs: {},
    interrupts: {},
    openInterrupts: [],
    widgets: {},
    ended: null,
  };
}

/** The messages of the shown branch, oldest first. */
export function branch(view: ConversationView): Message[] {
  const path: Message[] = [];
  for (let id = view.leaf; id !== null;) {
    const message: Message | undefined = view.messages[id];
    if (message === undefined) break;
    path.push(message);
    id = message.parentId ?? null;
  }
  return path.toReversed();
}

/** The messages that share this one's parent and author's side, in order: what the ‹2/3› picker goes through. */
export function siblings(view: ConversationView, messageId: string): string[] {
  const message = view.messages[messageId];
  if (message === undefined) return [];
  return view.order.filter((id) => {
    const other = view.messages[id];
    return (
      other !== undefined && other.parentId === message.parentId && other.role === message.role
    );
  });
}
