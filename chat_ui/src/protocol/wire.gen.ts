/** Generated from peer_server/wire by `peer-server export-types`. Do not edit. */

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The command was done and is on disk. Only the fields that the command answers with are present. */
export interface Ack {
  type: "ack";
  id: string;
  sessionId?: string;
  user?: Actor;
  conversationId?: string;
  epoch?: string;
  lastSeq?: number;
  messageId?: string;
  turnId?: string;
  runId?: string;
  interruptId?: string;
  status?: string;
  resolution?: Json;
  lease?: string;
  rev?: number;
}

/** Runs a flow that is attached as an action. */
export interface ActionRun {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "action.run";
  conversationId: string;
  attachmentId: string;
  inputs?: { [name: string]: Json };
}

/** Who wrote, asked or decided; set by the server. */
export interface Actor {
  kind: "user" | "peer" | "flow" | "visitor" | "system";
  id: string;
  name: string;
}

/** Shows the branch that ends in this message. */
export interface BranchSelect {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "branch.select";
  conversationId: string;
  messageId: string;
}

/** The shown branch now ends in this message (or in the newest message below it). */
export interface BranchSelected {
  type: "branch.selected";
  messageId: string;
}

/** A passage that an answer rests on. `number` is what the text calls it: ``[1]``. */
export interface Citation {
  number: number;
  text: string;
  source: string;
  document: string;
  documentId: string;
  fileId: string;
  /** The headings above it, or its page or rows. */
  place?: string;
}

/** A tool that this browser can execute; its name alone, or the form of a function in OpenAI's API, means the same. A flow calls it with the parameters that the flow says; those given here are not looked at. */
export interface ClientTool {
  name: string;
  description?: string;
  parameters?: { [name: string]: Json };
}

/** Asks for the lease of a client tool call; one socket gets it, the others get `lease_held`. */
export interface ClientToolClaim {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "clientTool.claim";
  interruptId: string;
}

/** The lease of a client tool call is free again: whoever offers the tool may claim it. */
export interface ClientToolReleased {
  type: "clientTool.released";
  conversationId: string;
  interruptId: string;
}

/** Answers a client tool call under a lease; `tool_result` is {executionId, success, output, error?}. */
export interface ClientToolResult {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "clientTool.result";
  interruptId: string;
  lease: string;
  toolResult: { [name: string]: Json };
}

/** The command was not done; the socket lives on. `id` is absent only if the frame had none that could be read. */
export interface CommandError {
  type: "error";
  id?: string;
  code: string;
  message: string;
  remedy?: string;
  details?: Json;
}

/** Unsubscribes this socket from a conversation. */
export interface ConversationClose {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "conversation.close";
  conversationId: string;
}

/** Subscribes to a conversation, or starts one with a Peer; every event after `after_seq` follows in order. */
export interface ConversationOpen {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "conversation.open";
  conversationId?: string;
  peerId?: string;
  preview?: boolean;
  afterSeq?: number;
  epoch?: string;
}

/** Title, pin or archive changed. */
export interface ConversationUpdated {
  type: "conversation.updated";
  title?: string;
  pinned?: boolean;
  archived?: boolean;
}

/** Another socket saved a draft of an open form. */
export interface DraftSaved {
  type: "form.drafted";
  conversationId: string;
  draft: DraftState;
}

/** A half-typed form as the server keeps it. */
export interface DraftState {
  interruptId: string;
  values: { [name: string]: Json };
  rev: number;
  page?: number;
}

/** One durable event: `seq` has no gaps in its conversation. */
export interface EventFrame {
  type: "event";
  conversationId: string;
  seq: number;
  at: string;
  event: MessageCreated | MessageCompleted | MessageChanged | MessageRemoved | FeedbackGiven | MessageReported | BranchSelected | TurnStarted | TurnFinished | ToolStarted | ToolFinished | RunUpdated | InterruptOpened | InterruptSettled | WidgetAdded | WidgetUpdated | SessionEnded | ConversationUpdated;
}

/** Somebody judged an answer; without `value` the judgement was taken back. */
export interface FeedbackGiven {
  type: "message.feedback";
  messageId: string;
  value?: "up" | "down";
  reason?: string;
}

/** A file uploaded before, by its server-made id; name, mime and size are filled in by the server. */
export interface FilePart {
  type: "file";
  fileId: string;
  name?: string;
  mime?: string;
  size?: number;
}

/** Saves half-typed values of a form; `rev` is the last one this client has seen, a stale one gets `stale_draft`. */
export interface FormDraft {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "form.draft";
  interruptId: string;
  values: { [name: string]: Json };
  rev: number;
  page?: number;
}

/** Signs the socket in; must be the first frame. Exactly one of `ticket` (browsers) and `token`. */
export interface Hello {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "hello";
  ticket?: string;
  token?: string;
  clientTools?: ClientTool[];
  locale?: string;
  timeZone?: string;
}

/** How many requests wait for this person, over all conversations. */
export interface InboxUpdated {
  type: "inbox.updated";
  open: number;
}

/** Something is asked of a person or a browser. `payload` depends on `kind`, see the reference. */
export interface InterruptOpened {
  type: "interrupt.opened";
  interruptId: string;
  /** The same as `interrupt_id`. */
  executionId: string;
  kind: "approval" | "form" | "client_tool" | "callback";
  runId: string;
  rootRunId: string;
  stepId: string;
  stepType: string;
  stepKey: string;
  title: string;
  payload: { [name: string]: Json };
  responseSchema?: { [name: string]: Json };
  approvers: string[];
  path: PathEntry[];
  /** The flow (through the Peer) that asks. */
  requestedBy?: Actor;
  /** The person whose message caused it. */
  onBehalfOf?: Actor;
  messageId?: string;
  toolCallId?: string;
  openedAt: string;
  expiresAt?: string;
  digest?: string;
  /** The interrupt that this one re-opens: a form with errors, a card whose facts changed. */
  replaces?: string;
}

/** Answers an interrupt; `resolution` is the REST resume body. First decision wins. */
export interface InterruptResume {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "interrupt.resume";
  interruptId: string;
  resolution: { [name: string]: Json };
}

/** The request is closed, once and for all. */
export interface InterruptSettled {
  type: "interrupt.settled";
  interruptId: string;
  executionId: string;
  kind: "approval" | "form" | "client_tool" | "callback";
  runId: string;
  stepId: string;
  status: "settled" | "expired" | "cancelled";
  resolution?: Json;
  decidedBy?: Actor;
}

/** Takes the request back: the interrupt is cancelled and its run with it. */
export interface InterruptWithdraw {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "interrupt.withdraw";
  interruptId: string;
}

/** A queued message was edited, or left the queue. */
export interface MessageChanged {
  type: "message.changed";
  messageId: string;
  status: "queued" | "completed";
  parts?: (TextPart | FilePart)[];
  parentId?: string;
}

/** An assistant message is whole, or stopped or failed with what was written so far. */
export interface MessageCompleted {
  type: "message.completed";
  messageId: string;
  status: "completed" | "stopped" | "failed";
  text: string;
  usage?: Usage;
  error?: Problem;
  citations?: Citation[];
}

/** A message exists. A person's is whole at once (or `queued`); a Peer's starts `streaming` and has no text yet. */
export interface MessageCreated {
  type: "message.created";
  messageId: string;
  parentId?: string;
  role: "user" | "assistant";
  author: Actor;
  status: "queued" | "completed" | "streaming";
  parts: (TextPart | FilePart)[];
  turnId?: string;
  clientMessageId?: string;
  source: "person" | "model" | "scripted" | "flow";
  model?: string;
  origin?: Origin;
}

/** More text of a streaming message, from `offset` on (UTF-16 units of the whole text). May be merged or lost. */
export interface MessageDelta {
  type: "message.delta";
  conversationId: string;
  messageId: string;
  offset: number;
  delta: string;
}

/** Changes a queued message in place, or answers a sent one anew: a sibling branch with a turn of its own. */
export interface MessageEdit {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "message.edit";
  conversationId: string;
  messageId: string;
  clientMessageId: string;
  content: string | (TextPart | FilePart)[];
}

/** Says whether an answer was good; null takes it back. */
export interface MessageFeedback {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "message.feedback";
  conversationId: string;
  messageId: string;
  value?: "up" | "down";
  reason?: string;
}

/** Answers the same user message again, as a sibling of the given assistant message. */
export interface MessageRegenerate {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "message.regenerate";
  conversationId: string;
  messageId: string;
}

/** A queued message was taken back. */
export interface MessageRemoved {
  type: "message.removed";
  messageId: string;
}

/** Tells those who answer for the Peer that something is wrong with an answer of it; again replaces what was told. They read the words of the answer, the reason and the comment; nothing else of the conversation. */
export interface MessageReport {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "message.report";
  conversationId: string;
  messageId: string;
  reason: "harmful" | "wrong" | "private" | "unwanted" | "other";
  comment?: string;
}

/** Somebody reported an answer to those who answer for the Peer; what they wrote is not told here. */
export interface MessageReported {
  type: "message.reported";
  messageId: string;
  reason: "harmful" | "wrong" | "private" | "unwanted" | "other";
  by: Actor;
}

/** Sends a message. The same `client_message_id` again is the same message. While a turn runs it is queued. */
export interface MessageSend {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "message.send";
  conversationId: string;
  clientMessageId: string;
  content: string | (TextPart | FilePart)[];
  parentId?: string;
}

/** Takes a queued message back. */
export interface MessageWithdraw {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "message.withdraw";
  conversationId: string;
  messageId: string;
}

/** What a turn or message came from when no person wrote it: the run whose outcome is being told. */
export interface Origin {
  runId: string;
  toolCallId?: string;
  messageId?: string;
  interruptId?: string;
}

/** One level between the conversation and a waiting step: which flow, and where in it. */
export interface PathEntry {
  runId: string;
  flowName: string;
  key: string;
}

/** Asks for an ack, to keep the way open. */
export interface Ping {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "ping";
}

/** Who has the conversation open now. */
export interface Presence {
  type: "presence";
  conversationId: string;
  actors: Actor[];
}

/** What went wrong, in words for people, with a stable code for programs. */
export interface Problem {
  code: string;
  message: string;
  remedy?: string;
  details?: Json;
}

/** This history cannot be continued: forget it, and take everything from the start under the new epoch. */
export interface Reset {
  type: "reset";
  conversationId: string;
  epoch: string;
}

/** The step that a run last touched. */
export interface RunStep {
  key: string;
  stepId: string;
  name: string;
  type: string;
  status: "started" | "waiting" | "done" | "failed";
}

/** A run that belongs to this conversation moved on. */
export interface RunUpdated {
  type: "run.updated";
  runId: string;
  rootRunId: string;
  flowId?: string;
  flowName: string;
  version?: number;
  status: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled" | "timed_out";
  messageId?: string;
  toolCallId?: string;
  stepsDone: number;
  step?: RunStep;
  output?: Json;
  error?: Problem;
  rejected?: boolean;
}

/** The session is over; a later message may open a new one. */
export interface SessionEnded {
  type: "session.ended";
  reason: string;
  runId?: string;
}

/** Live state that is in no event: sent once after `conversation.open`, when the replayed events are through. */
export interface Snapshot {
  type: "snapshot";
  conversationId: string;
  lastSeq: number;
  drafts: DraftState[];
  streaming: StreamState[];
}

/** A message in flight: its text so far. */
export interface StreamState {
  messageId: string;
  text: string;
}

/** Text that a person or a model wrote. */
export interface TextPart {
  type: "text";
  text: string;
}

/** What the model was told of the call. `waiting`: the run goes on and its outcome will come later. */
export interface ToolFinished {
  type: "tool.finished";
  toolCallId: string;
  messageId: string;
  status: "ok" | "error" | "waiting" | "stopped";
  result?: Json;
  durationMs?: number;
}

/** A tool call began; drawn from run records, never from model text. Secrets in `arguments` are masked. */
export interface ToolStarted {
  type: "tool.started";
  toolCallId: string;
  messageId: string;
  turnId: string;
  toolName: string;
  title: string;
  arguments: Json;
  flowId?: string;
  version?: number;
  runId?: string;
}

/** The turn is over. */
export interface TurnFinished {
  type: "turn.finished";
  turnId: string;
  status: "completed" | "stopped" | "failed";
  error?: Problem;
}

/** The Peer works on something: a message, an action, or the outcome of a run that was waiting. */
export interface TurnStarted {
  type: "turn.started";
  turnId: string;
  reason: "message" | "action" | "outcome" | "regenerate";
  messageId?: string;
  origin?: Origin;
}

/** Stops the running turn and answers this queued message next. */
export interface TurnSteer {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "turn.steer";
  conversationId: string;
  messageId: string;
}

/** Stops the running turn: the model stream and its cancellable steps; what was written stays. */
export interface TurnStop {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "turn.stop";
  conversationId: string;
}

/** Says that somebody is typing; told to the others, kept nowhere. */
export interface Typing {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "typing";
  conversationId: string;
}

/** Somebody else is typing. */
export interface TypingNotice {
  type: "typing";
  conversationId: string;
  actor: Actor;
}

/** Tokens of one or more model calls. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
}

/** Something was done in a widget; `rev` is the state revision that the person saw. */
export interface WidgetAction {
  /** Made by the client; the answer carries it. */
  id: string;
  type: "widget.action";
  messageWidgetId: string;
  name: string;
  payload?: Json;
  rev: number;
}

/** A message shows a widget: a declarative view bound to `state`. */
export interface WidgetAdded {
  type: "widget.added";
  messageWidgetId: string;
  messageId: string;
  runId?: string;
  widgetId: string;
  name: string;
  view: Json;
  state: Json;
  rev: number;
  actions: string[];
}

/** A widget's state changed from `rev - 1` to `rev` by an RFC 6902 patch (add, remove, replace). */
export interface WidgetUpdated {
  type: "widget.updated";
  messageWidgetId: string;
  rev: number;
  patch: { [name: string]: Json }[];
}

/** Commands. Sent by the client; each is answered by one `ack` or one `error` with the same `id`. */
export type AnyCommand =
  | Hello
  | ConversationOpen
  | ConversationClose
  | MessageSend
  | MessageEdit
  | MessageWithdraw
  | MessageRegenerate
  | MessageFeedback
  | MessageReport
  | BranchSelect
  | ActionRun
  | TurnStop
  | TurnSteer
  | InterruptResume
  | InterruptWithdraw
  | FormDraft
  | WidgetAction
  | ClientToolClaim
  | ClientToolResult
  | Typing
  | Ping;

/** Events. Durable; they arrive inside `event` frames, in order, without gaps. */
export type AnyEvent =
  | MessageCreated
  | MessageCompleted
  | MessageChanged
  | MessageRemoved
  | FeedbackGiven
  | MessageReported
  | BranchSelected
  | TurnStarted
  | TurnFinished
  | ToolStarted
  | ToolFinished
  | RunUpdated
  | InterruptOpened
  | InterruptSettled
  | WidgetAdded
  | WidgetUpdated
  | SessionEnded
  | ConversationUpdated;

/** Frames. Everything that the server sends. */
export type AnyServerFrame =
  | EventFrame
  | Ack
  | CommandError
  | MessageDelta
  | Snapshot
  | DraftSaved
  | ClientToolReleased
  | Reset
  | Presence
  | TypingNotice
  | InboxUpdated;

/** A typed piece of a message. */
export type Part = TextPart | FilePart;

export const SUBPROTOCOL = "peer-server.v1" as const;
