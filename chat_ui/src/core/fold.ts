/** The fold of durable events into a view: the same rules as `peer_server/conversation.py`, held to it by golden files. */
import type { AnyEvent, EventFrame, Part } from "~/protocol/wire.gen.ts";
import { type Operation, patched } from "./patch.ts";
import {
  type ConversationView,
  emptyView,
  type Interrupt,
  type Message,
  type ToolCall,
  type Turn,
} from "./view.ts";

/** An event does not follow the last one folded: ask for what is missing, never skip. */
export class GapError extends Error {
  constructor(
    readonly expected: number,
    readonly got: number,
  ) {
    super(`expected event ${expected}, got ${got}`);
  }
}

/** The view after one more event; the given view is left untouched and unchanged parts are shared. Throws `GapError`. */
export function fold(
  view: ConversationView,
  frame: Pick<EventFrame, "seq" | "at" | "event">,
): ConversationView {
  if (frame.seq !== view.lastSeq + 1) throw new GapError(view.lastSeq + 1, frame.seq);
  return { ...view, ...change(view, frame.at, frame.event), lastSeq: frame.seq };
}

/** The view after these events, which must begin at 1. */
export function foldAll(
  frames: Iterable<Pick<EventFrame, "seq" | "at" | "event">>,
): ConversationView {
  let view = emptyView();
  for (const frame of frames) view = fold(view, frame);
  return view;
}

type Change = Partial<ConversationView>;

function change(view: ConversationView, at: string, tagged: AnyEvent): Change {
  switch (tagged.type) {
    case "message.created": {
      const { type: _, ...event } = tagged;
      const message: Message = {
        ...event,
        parts: event.parts ?? [],
        text: textOf(event.parts ?? []),
        createdAt: at,
        toolCallIds: [],
        widgetIds: [],
      };
      const messages = { ...view.messages, [event.messageId]: message };
      if (event.status === "queued") return { messages, queue: [...view.queue, event.messageId] };
      return { messages, order: [...view.order, event.messageId], leaf: event.messageId };
    }
    case "message.completed": {
      const { type: _, ...event } = tagged;
      return updateMessage(view, event.messageId, (message) => ({
        ...message,
        ...event,
        completedAt: at,
      }));
    }
    case "message.changed":
      return messageChanged(view, tagged);
    case "message.removed": {
      const { [tagged.messageId]: _, ...messages } = view.messages;
      return { messages, queue: without(view.queue, tagged.messageId) };
    }
    case "message.feedback":
      return updateMessage(view, tagged.messageId, ({ feedback: _, ...message }) => {
        if (tagged.value === undefined) return message;
        const reason = tagged.reason === undefined ? {} : { reason: tagged.reason };
        return { ...message, feedback: { value: tagged.value, ...reason, at } };
      });
    case "message.reported": {
      const { reason, by } = tagged;
      return updateMessage(view, tagged.messageId, (message) => ({
        ...message,
        reported: { reason, by, at },
      }));
    }
    case "branch.selected":
      return { leaf: newestBelow(view, tagged.messageId) };
    case "turn.started": {
      const { type: _, ...event } = tagged;
      const turn: Turn = { ...event, status: "running", startedAt: at };
      return { turns: { ...view.turns, [event.turnId]: turn }, activeTurnId: event.turnId };
    }
    case "turn.finished": {
      const { type: _, ...event } = tagged;
      const turn = { ...view.turns[event.turnId], ...event, finishedAt: at } as Turn;
      const activeTurnId = view.activeTurnId === event.turnId ? null : view.activeTurnId;
      return { turns: { ...view.turns, [event.turnId]: turn }, activeTurnId };
    }
    default:
      return workChange(view, at, tagged);
  }
}

/** Tools, runs, requests, widgets, the session: what happens beside the messages. */
function workChange(view: ConversationView, at: string, tagged: AnyEvent): Change {
  switch (tagged.type) {
    case "tool.started": {
      const { type: _, ...event } = tagged;
      const call: ToolCall = { ...event, status: "running", startedAt: at };
      const toolCalls = { ...view.toolCalls, [event.toolCallId]: call };
      if (event.toolCallId in view.toolCalls) return { toolCalls };
      const attach = (message: Message): Message => ({
        ...message,
        toolCallIds: [...message.toolCallIds, event.toolCallId],
      });
      return { toolCalls, ...updateMessage(view, event.messageId, attach) };
    }
    case "tool.finished": {
      const { type: _, ...event } = tagged;
      const call = { ...view.toolCalls[event.toolCallId], ...event, finishedAt: at } as ToolCall;
      return { toolCalls: { ...view.toolCalls, [event.toolCallId]: call } };
    }
    case "run.updated": {
      const { type: _, ...event } = tagged;
      return {
        runs: {
          ...view.runs,
          [event.runId]: { ...view.runs[event.runId], ...event, updatedAt: at },
        },
      };
    }
    case "interrupt.opened": {
      const { type: _, ...event } = tagged;
      const interrupt: Interrupt = { ...event, status: "open" };
      return {
        interrupts: { ...view.interrupts, [event.interruptId]: interrupt },
        openInterrupts: [...view.openInterrupts, event.interruptId],
      };
    }
    case "interrupt.settled": {
      const { type: _, ...event } = tagged;
      const interrupt = {
        ...view.interrupts[event.interruptId],
        ...event,
        settledAt: at,
      } as Interrupt;
      return {
        interrupts: { ...view.interrupts, [event.interruptId]: interrupt },
        openInterrupts: without(view.openInterrupts, event.interruptId),
      };
    }
    case "widget.added": {
      const { type: _, ...event } = tagged;
      const widgets = { ...view.widgets, [event.messageWidgetId]: { ...event, addedAt: at } };
      const attach = (message: Message): Message => ({
        ...message,
        widgetIds: [...message.widgetIds, event.messageWidgetId],
      });
      return { widgets, ...updateMessage(view, event.messageId, attach) };
    }
    case "widget.updated": {
      const widget = view.widgets[tagged.messageWidgetId];
      if (widget === undefined) throw new Error(`unknown widget ${tagged.messageWidgetId}`);
      const state = patched(widget.state, tagged.patch as unknown as Operation[]);
      return {
        widgets: {
          ...view.widgets,
          [tagged.messageWidgetId]: { ...widget, state, rev: tagged.rev },
        },
      };
    }
    case "session.ended": {
      const { type: _, ...event } = tagged;
      return { ended: { ...event, at } };
    }
    case "conversation.updated":
      return {
        title: tagged.title ?? view.title,
        pinned: tagged.pinned ?? view.pinned,
        archived: tagged.archived ?? view.archived,
      };
    default:
      return {}; // a newer server may know more types: only `lastSeq` moves
  }
}

function messageChanged(
  view: ConversationView,
  tagged: Extract<AnyEvent, { type: "message.changed" }>,
): Change {
  const { type: _, ...event } = tagged;
  const changed = updateMessage(view, event.messageId, (message) => {
    const next = { ...message, ...event };
    return { ...next, text: textOf(next.parts ?? []) };
  });
  if (event.status !== "completed" || !view.queue.includes(event.messageId)) return changed;
  return {
    ...changed,
    queue: without(view.queue, event.messageId),
    order: [...view.order, event.messageId],
    leaf: event.messageId,
  };
}

function updateMessage(
  view: ConversationView,
  id: string,
  update: (message: Message) => Message,
): Change {
  const message = view.messages[id];
  return message === undefined ? {} : { messages: { ...view.messages, [id]: update(message) } };
}

function newestBelow(view: ConversationView, messageId: string): string {
  const below = new Set([messageId]);
  let newest = messageId;
  for (const id of view.order) {
    const parent = view.messages[id]?.parentId;
    if (parent !== undefined && below.has(parent)) {
      below.add(id);
      newest = id;
    }
  }
  return newest;
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function without(ids: readonly string[], gone: string): string[] {
  return ids.filter((id) => id !== gone);
}
