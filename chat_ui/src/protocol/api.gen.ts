/** Generated from the OpenAPI document by `peer-server export-types`. Do not edit. */
import type { Json } from "./wire.gen.ts";

/** A flow that the Peer may use. */
export interface Ability {
  /** The attachment's id, as `action.run` takes it. */
  id: string;
  as: "tool" | "action" | "message";
  name: string;
  description: string;
  /** JSON Schema of what it needs. */
  inputs: { [name: string]: Json };
}

/** What somebody chooses when they accept an invitation. */
export interface Acceptance {
  code: string;
  name: string;
  password: string;
}

/** A run that goes on while nobody waits for it here. */
export interface AcceptedRun {
  status: RunStatus;
  appRunId: string;
  pollUrl: string;
  resumeSecret?: string | null;
}

/** Something that was done in a shown widget. */
export interface Act {
  name: string;
  payload?: Json;
  /** The state revision that the person saw; a stale one is refused. */
  rev: number;
}

/** The process is alive. */
export interface Alive {
  status: "ok";
}

/** A key in a header or in the query. */
export interface ApiKeyScheme {
  kind: "apiKey";
  place?: "header" | "query";
  name: string;
  /** Secret. For a bearer token the name is Authorization and the value begins with Bearer. */
  value: string;
}

/** Which model a step asked, and what: its texts, the long ones cut. */
export interface AskedModel {
  step: string;
  input: { [name: string]: string };
  model?: string | null;
  connection?: string | null;
}

/** One flow that the Peer may use. */
export interface AttachmentContent {
  /** Made by the server; send it back to keep the attachment's identity. */
  id?: string | null;
  flowId: string;
  version?: "deployed" | "latest" | number;
  /** The model decides (`tool`), people press a button (`action`), or it answers every message (`message`). */
  as?: "tool" | "action" | "message";
  toolName?: string | null;
  description?: string | null;
}

/** AttachmentOfPeer */
export interface AttachmentOfPeer {
  id?: string;
  flowId: string;
  version?: number | "deployed" | "latest";
  as?: "tool" | "action" | "message";
  toolName?: string | null;
  description?: string | null;
}

/** Who could reach the flow. */
export interface Audience {
  ownerId: string | null;
  visibility: "private" | "shared";
  grants: Share[];
}

/** Who may reach it. */
export interface AudienceAnswer {
  ownerId: string | null;
  visibility: "private" | "shared";
  grants: GrantAnswer[];
}

/** Who could reach the flow when the version was published, and who can now. */
export interface AudienceOffer {
  recorded: Audience | null;
  current: Audience;
  /** Whether restoring again with `restoreAudience` would change who can reach the flow. */
  differs: boolean;
}

/** One record. */
export interface AuditAnswer {
  seq: number;
  id: string;
  at: string;
  event: string;
  category: string;
  userId: string;
  userName: string;
  userKind: string;
  ip: string | null;
  channel: string;
  objectKind: string;
  objectId: string;
  flowId: string | null;
  description: string;
  /** The SHA-256 of what a decision was about. */
  digest: string | null;
  details: Json;
}

/** Records, newest first. */
export interface AuditList {
  items: AuditAnswer[];
  nextCursor: string | null;
}

/** What somebody is working on. */
export interface Autosave {
  definition: { [name: string]: Json };
  /** The revision that it was made from; a stale one is refused. */
  draftRev: number;
}

/** Where the draft is now; the revision is the old one if nothing had changed. */
export interface Autosaved {
  draftRev: number;
  updatedAt: string;
}

/** Where the draft that was replaced can be had as a package. */
export interface BackupAnswer {
  fileName: string;
  url: string;
}

/** A name and a password. */
export interface BasicScheme {
  kind: "basic";
  username: string;
  /** Secret. */
  password: string;
}

/** A limit, and how it stands in the period that runs now. */
export interface BudgetAnswer {
  id: string;
  kind: "workspace" | "user" | "peer" | "link";
  subjectId: string;
  period: "day" | "month";
  tokens: number | null;
  cost: number | null;
  currency: string;
  usedTokens: number;
  usedCost: number;
  leftTokens: number | null;
  leftCost: number | null;
  /** `low` from four fifths on, `spent` once no call is let in any more. */
  state: "ok" | "low" | "spent";
  beganAt: string;
  renewsAt: string;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
}

/** What is to be different; fields that are left out stay. `null` takes one of both limits away. */
export interface BudgetChange {
  tokens?: number | null;
  cost?: number | null;
  currency?: string;
}

/** A page of budgets, newest first. */
export interface BudgetList {
  items: BudgetAnswer[];
  nextCursor: string | null;
}

/** A tool that the scripted model calls. */
export interface CallOfScript {
  tool: string;
  args?: { [name: string]: Json } | null;
}

/** Whether there was anything to cancel. */
export interface Cancelled {
  cancelled: boolean;
}

/** Who it is, and what it can do. */
export interface CardAnswer {
  id: string;
  name: string;
  description: string;
  version: number | null;
  greeting: string;
  starters: string[];
  model: string;
  /** Whether the scripted model answers: no AI. */
  isScripted: boolean;
  abilities: Ability[];
}

/** One change of a flow or its configuration. */
export interface ChangeAnswer {
  at: string;
  event: string;
  userName: string;
  description: string;
  details: Json;
}

/** A token that is fetched with the client's own credentials (OAuth 2.0) and kept until it is over. */
export interface ClientCredentialsScheme {
  kind: "oauth2";
  tokenUrl: string;
  clientId: string;
  /** Secret. */
  clientSecret: string;
  scope?: string;
  audience?: string;
  /** Where the token request carries the client's credentials. */
  clientAuth?: "header" | "body";
}

/** A run that came to its end, with its metadata. */
export interface CompletedRun {
  status: "completed";
  appRunId: string;
  output: Json;
  /** There because somebody rejected what the run was for. */
  rejected?: true | null;
}

/** A connection. */
export interface ConnectionAnswer {
  id: string;
  kind?: "model";
  name: string;
  provider: string;
  baseUrl: string | null;
  prices: { [name: string]: PriceOfModel };
  currency: string;
  /** How the last test went. */
  status: "untested" | "ok" | "failing";
  error: Failure | null;
  checkedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** What is to be different; fields that are left out stay. A new address needs the key again. */
export interface ConnectionChange {
  name?: string | null;
  baseUrl?: string | null;
  key?: string | null;
  /** All of them; calls from now on cost that. */
  prices?: { [name: string]: ModelPrice } | null;
  currency?: string | null;
}

/** All connections, by name. */
export interface ConnectionList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: ConnectionAnswer[];
}

/** One line of the list of conversations. */
export interface ConversationAnswer {
  id: string;
  peerId: string;
  peerName: string;
  title: string | null;
  pinned: boolean;
  archived: boolean;
  /** Whether it talks to a draft of the Peer. */
  preview: boolean;
  /** Changes when the log begins anew; then seqs of before mean nothing. */
  epoch: string;
  /** The newest event; 0 as long as nothing happened in it. */
  lastSeq: number;
  createdAt: string;
  updatedAt: string;
  endedAt: string | null;
  /** How many questions wait in it for somebody. */
  openInterrupts: number;
}

/** What to change; what is absent stays. */
export interface ConversationChange {
  title?: string | null;
  pinned?: boolean | null;
  archived?: boolean | null;
}

/** A page of one's conversations. */
export interface ConversationPage {
  items: ConversationAnswer[];
  nextCursor?: string | null;
}

/** A conversation with the fold of its events, in the words of the protocol. */
export interface ConversationView {
  id: string;
  peerId: string;
  peerName: string;
  title: string | null;
  pinned: boolean;
  archived: boolean;
  /** Whether it talks to a draft of the Peer. */
  preview: boolean;
  /** Changes when the log begins anew; then seqs of before mean nothing. */
  epoch: string;
  /** The newest event; 0 as long as nothing happened in it. */
  lastSeq: number;
  createdAt: string;
  updatedAt: string;
  endedAt: string | null;
  messages: { [name: string]: Json };
  /** The ids of all messages as they came. */
  order: string[];
  /** The last message of the shown branch. */
  leaf: string | null;
  /** The messages that wait for their turn. */
  queue: string[];
  turns: { [name: string]: Json };
  activeTurnId: string | null;
  toolCalls: { [name: string]: Json };
  runs: { [name: string]: Json };
  interrupts: { [name: string]: Json };
  /** What is asked of people right now, oldest first. */
  openInterrupts: string[];
  widgets: { [name: string]: Json };
  ended: { [name: string]: Json } | null;
}

/** A profile; what is secret in its scheme is masked. */
export interface CredentialAnswer {
  id: string;
  name: string;
  description: string;
  scheme: MaskedScheme;
  hosts: string[];
  flows: "all" | string[];
  testUrl: string;
  /** How the last test or use went; `failing` until one goes well. */
  status: "untested" | "ok" | "failing";
  error: Failure | null;
  checkedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** What is to be different; fields that are left out stay. A scheme is replaced whole, with its secret. */
export interface CredentialChange {
  name?: string;
  scheme?: ApiKeyScheme | BasicScheme | ClientCredentialsScheme | null;
  hosts?: string[];
  flows?: "all" | string[];
  description?: string;
  testUrl?: string;
}

/** All profiles, by name. */
export interface CredentialList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: CredentialAnswer[];
}

/** A cron expression of five fields. */
export interface Cron {
  kind: "cron";
  cron: string;
}

/** Every day, or every so many days, at a time. */
export interface Daily {
  kind: "daily";
  time: string;
  /** 1: every day; 3: every third day, counted from the day of the start. */
  every?: number;
}

/** A data source. */
export interface DataSourceAnswer {
  id: string;
  name: string;
  description: string;
  language: "any" | "ar" | "da" | "de" | "en" | "es" | "fi" | "fr" | "hu" | "it" | "nl" | "no" | "pt" | "ro" | "ru" | "sv" | "tr";
  embeddingModel: string | null;
  passageSize: number;
  passageOverlap: number;
  /** How many there are. */
  documents: number;
  /** How many of them can be searched as they are now. */
  ready: number;
  /** How many could not be indexed; each says why. */
  failed: number;
  passages: number;
  createdAt: string;
  updatedAt: string;
}

/** What is to be different; fields that are left out stay. Other passages or languages have it indexed anew. */
export interface DataSourceChange {
  name?: Json;
  description?: Json;
  language?: Json;
  /** Null takes the embeddings off. */
  embeddingModel?: Json;
  passageSize?: Json;
  passageOverlap?: Json;
}

/** Everything about a data source that people choose. */
export interface DataSourceContent {
  /** Steps and Peers may name it by this, or by its id. */
  name: string;
  description?: string;
  /** What its documents are written in, so that a word is found in every form; `any` compares words as they are. */
  language?: "any" | "ar" | "da" | "de" | "en" | "es" | "fi" | "fr" | "hu" | "it" | "nl" | "no" | "pt" | "ro" | "ru" | "sv" | "tr";
  /** `<connection>:<model>`: passages are found by what they mean, too. Without one they are found by their words. */
  embeddingModel?: string | null;
  /** Characters of a passage at most. */
  passageSize?: number;
  /** Characters that a passage repeats of the one before it; less than half a passage. */
  passageOverlap?: number;
}

/** A page of data sources. */
export interface DataSourcePage {
  items: DataSourceAnswer[];
  nextCursor?: string | null;
}

/** Who answered a question, and through which door. */
export interface Decider {
  id?: string;
  kind?: string;
  name?: string;
  door?: string;
}

/** A question as it was settled. */
export interface DecisionAnswer {
  id: string;
  interruptId: string;
  executionId: string;
  kind: InterruptKind;
  status: InterruptStatus;
  runId: string;
  rootRunId: string;
  /** Absent for a run outside of conversations. */
  conversationId?: string | null;
  stepId: string;
  stepType: string;
  stepKey: string;
  title?: string | null;
  payload: { [name: string]: Json };
  responseSchema?: { [name: string]: Json } | null;
  approvers: string[];
  /** Of what is shown to whoever decides. */
  digest?: string | null;
  /** The question that this one is asked instead of. */
  replaces?: string | null;
  resolution?: Json;
  decidedBy?: Decider | null;
  openedAt: string;
  expiresAt?: string | null;
  settledAt?: string | null;
  /** Whether it was settled before, by the same answer. */
  repeated: boolean;
}

/** What the flow is started with. */
export interface Defaulted {
  inputs: { [name: string]: Json };
}

/** What the flow is started with. */
export interface Defaults {
  inputs?: { [name: string]: Json };
}

/** One result that was or is to be pushed. */
export interface DeliveryAnswer {
  id: string;
  appRunId: string;
  status: "pending" | "delivered" | "failed";
  attempts: PushAttempt[];
  nextAttemptAt: string | null;
  createdAt: string;
  endedAt: string | null;
}

/** A page of deliveries, newest first. */
export interface DeliveryPage {
  items: DeliveryAnswer[];
  nextCursor?: string | null;
}

/** What the endpoint serves. To change it, change the draft and deploy again. */
export interface DeployedAnswer {
  version: number;
  publishedAt: string;
  publishedBy: string;
  notes: string;
  digest: string;
  /** Who could reach the flow when this was published; told to those who may edit it. */
  audience?: Audience | null;
  definition?: { [name: string]: Json } | null;
  deployedAt: string | null;
  deployedBy: string | null;
  /** Whether the draft differs from it. */
  hasNewerDraft: boolean;
  /** Where programs run it; the same for every version. */
  endpointUrl: string;
}

/** What to deploy. */
export interface Deployment {
  /** A published version; without it the draft is published first if it changed. */
  version?: number | null;
  /** Notes of the version that is published by this, if one is. */
  notes?: string;
  /** Deploy although others would notice; without it these are listed (409). */
  confirm?: boolean;
}

/** A document, and how far it is. */
export interface DocumentAnswer {
  id: string;
  sourceId: string;
  fileId: string;
  name: string;
  mime: string;
  size: number;
  /** While a document is indexed anew, what was found in it before stays to be found. */
  status: "pending" | "indexing" | "ready" | "failed";
  progress: Progress;
  /** Why the last attempt failed; `pending` ones are tried again by themselves. */
  error: Failure | null;
  /** How many can be found. */
  passages: number;
  createdAt: string;
  indexedAt: string | null;
}

/** A page of documents. */
export interface DocumentPage {
  items: DocumentAnswer[];
  nextCursor?: string | null;
}

/** The message and the turn that it caused, if it did, and where the conversation is. */
export interface DoneInWidget {
  messageId: string | null;
  turnId: string | null;
  seq: number;
}

/** Half-typed values of a form. */
export interface DraftChange {
  values: { [name: string]: Json };
  /** The last revision that this client has seen; a stale one is refused. */
  rev: number;
  page?: number | null;
}

/** How a deployed flow is called; mode and limits are those of the deployed version. */
export interface EndpointAnswer {
  flowId: string;
  version: number | null;
  mode: "sync" | "async";
  syncTimeoutS: number;
  asyncTimeoutS: number | null;
  urls: EndpointUrls;
}

/** Where to send inputs to. */
export interface EndpointUrls {
  execute: string;
  sync: string;
  async: string;
  /** Only once a callback URL and an access token are saved and switched on. */
  push: string | null;
}

/** One kind of event. */
export interface EventAnswer {
  event: string;
  category: string;
  description: string;
}

/** Every event that there may be, and what can be filtered by. */
export interface EventList {
  categories: string[];
  fields: string[];
  items: EventAnswer[];
}

/** Events of a conversation, as a socket sends them. */
export interface EventPage {
  epoch: string;
  lastSeq: number;
  items: { [name: string]: Json }[];
}

/** A webhook of the flow. */
export interface EventTrigger {
  id: string;
  type: string;
  provider: string | null;
  triggerName: string | null;
  description: string;
  setupAt: string;
  lastRunAt: string | null;
  lastRunId: string | null;
  /** `inactive`: no events will come; see `error` and `remedies`. */
  status: "active" | "pending" | "inactive" | "removing" | "remove_failed";
  error: Failure | null;
  /** Requests that may help: `redeploy`, `retry`, `retest` the authorization profile. */
  remedies: { [name: string]: string }[];
  /** Where the tool sends its events; told to editors. */
  callbackUrl: string | null;
}

/** A run to start. */
export interface Execution {
  inputs?: { [name: string]: Json };
  returnExecutionMetadata?: boolean;
  version?: "deployed" | "latest" | "draft" | number | null;
}

/** What went wrong, as it was recorded; what is empty is absent. */
export interface Failure {
  code?: string;
  message: string;
  path?: string;
  remedy?: string;
  details?: Json;
  category?: string;
  stepId?: string;
}

/** One value that differs; `before` or `after` is absent where there is no value. */
export interface FieldDiff {
  path: string;
  change: "added" | "removed" | "changed";
  before?: Json;
  after?: Json;
}

/** One field of a flow's inputs: what its JSON Schema says of it. */
export interface FieldOfFlow {
  name: string;
  required: boolean;
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: Json[];
  default?: Json;
  format?: string;
  examples?: Json[];
}

/** The figures of what the same filters list; null where there is nothing to tell. */
export interface FiguresAnswer {
  total: number;
  p90ResponseTimeMs: number | null;
  p99ResponseTimeMs: number | null;
  failureRate: number | null;
  counts: { [name: string]: number };
}

/** An uploaded file; `id` is usable as an input value and in messages. */
export interface FileAnswer {
  id: string;
  fileId: string;
  name: string;
  mime: string;
  size: number;
  sha256: string;
  url: string;
}

/** A link that opens the file without signing in, until it ends or the file is deleted. */
export interface FileLinkAnswer {
  url: string;
  expiresAt: string;
}

/** A file uploaded before, by its server-made id; name, mime and size are filled in by the server. */
export interface FilePart {
  type: "file";
  fileId: string;
  name?: string | null;
  mime?: string | null;
  size?: number | null;
}

/** How many bytes of files may be stored; null is any number. */
export interface FileQuotaAnswer {
  /** By everybody together. */
  workspaceBytes: number | null;
  /** By each person. */
  personBytes: number | null;
  /** By each visitor of a public link to a Peer. */
  visitorBytes: number;
}

/** What to change; what is absent stays, null is any number. */
export interface FileQuotaChange {
  workspaceBytes?: number | null;
  personBytes?: number | null;
  visitorBytes?: number;
}

/** What is stored now, by everybody and by oneself. */
export interface FileUsageAnswer {
  workspace: Stored;
  own: Stored;
  /** Who has stored most, for admins. */
  people?: StoredByPerson[] | null;
}

/** What was filled in. */
export interface FilledIn {
  inputs?: { [name: string]: Json };
}

/** One thing that a check found, and what to do about it. */
export interface Finding {
  level?: "error" | "warning" | "hint";
  code: string;
  message: string;
  path?: string;
  remedy?: string;
}

/** What the checks found; errors forbid publishing, warnings forbid deploying, hints only advise. */
export interface Findings {
  errors: Finding[];
  warnings: Finding[];
  hints: Finding[];
}

/** The first record that is not as it was written. */
export interface FlawAnswer {
  seq: number;
  code: string;
  message: string;
}

/** A flow with its draft. */
export interface FlowAnswer {
  id: string;
  name: string;
  description: string;
  ownerId: string | null;
  /** Whether anybody besides its owner has a role on it. */
  visibility: "private" | "shared";
  /** What the reader is to it. */
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
  draftRev: number;
  latestVersion: number | null;
  deployedVersion: number | null;
  triggers: string[];
  createdAt: string;
  updatedAt: string;
  definition: { [name: string]: Json };
}

/** A new draft, or new values of some of its parts; what is absent stays. Nothing of it runs before a deploy. */
export interface FlowChange {
  definition?: { [name: string]: Json } | null;
  name?: Json;
  description?: Json;
  /** Each setting that is named here is put over the one that stands. */
  settings?: { [name: string]: Json } | null;
  guardrails?: { [name: string]: Json } | null;
  /** `shared` lets the whole workspace run it, unless it is shared already; `private` takes every role away. */
  visibility?: "private" | "shared" | null;
  /** The revision that this change was made from; a stale one is refused. Without it the last writer wins. */
  draftRev?: number | null;
}

/** What is to be filled in. */
export interface FlowForm {
  flowId: string;
  version: number | null;
  name: string;
  description: string;
  /** The JSON Schema of the inputs. */
  inputs: { [name: string]: Json };
  /** The same, one entry per field in order. */
  fields: FieldOfFlow[];
}

/** A page of flows. */
export interface FlowPage {
  items: FlowSummary[];
  nextCursor?: string | null;
}

/** A flow in a list. */
export interface FlowSummary {
  id: string;
  name: string;
  description: string;
  ownerId: string | null;
  /** Whether anybody besides its owner has a role on it. */
  visibility: "private" | "shared";
  /** What the reader is to it. */
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
  draftRev: number;
  latestVersion: number | null;
  deployedVersion: number | null;
  triggers: string[];
  createdAt: string;
  updatedAt: string;
}

/** A passage that fits. */
export interface FoundPassage {
  text: string;
  /** The headings above it, or its page or rows. */
  place: string;
  /** How well it fits, from 0 to 1. */
  score: number;
  source: string;
  sourceId: string;
  document: string;
  documentId: string;
  /** `GET /v1/file/{fileId}` gives the whole document. */
  fileId: string;
}

/** How often a schedule fires, as it was sent. */
export interface FrequencyOfSchedule {
  kind: "cron" | "daily" | "weekly" | "monthly" | "once";
  cron?: string;
  time?: string;
  every?: number;
  days?: string[];
  day?: number | "last";
  at?: string;
}

/** A role of somebody. */
export interface GrantAnswer {
  subjectKind: "user" | "group" | "workspace";
  subjectId: string;
  /** None for the workspace. */
  name: string | null;
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
}

/** A group and who is in it. */
export interface GroupAnswer {
  id: string;
  name: string;
  createdAt: string;
  members: GroupMember[];
}

/** What to change of a group. */
export interface GroupChange {
  name: string;
}

/** Groups by name. */
export interface GroupList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: GroupAnswer[];
}

/** Somebody in a group. */
export interface GroupMember {
  id: string;
  name: string;
  email: string | null;
}

/** What looks at the texts that go into models (`input`) and come out of them (`output`), in this order. */
export interface Guardrails {
  input?: ScannerUse[];
  output?: ScannerUse[];
}

/** Changes, newest first. */
export interface History {
  items: ChangeAnswer[];
  nextCursor: string | null;
}

/** The flow with its new draft. */
export interface ImportAnswer {
  id: string;
  name: string;
  description: string;
  ownerId: string | null;
  /** Whether anybody besides its owner has a role on it. */
  visibility: "private" | "shared";
  /** What the reader is to it. */
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
  draftRev: number;
  latestVersion: number | null;
  deployedVersion: number | null;
  triggers: string[];
  createdAt: string;
  updatedAt: string;
  definition: { [name: string]: Json };
  findings: Findings;
  /** Variables that differed, as they were before. */
  conflicts: VariableConflict[];
  backup?: BackupAnswer | null;
}

/** What an import would do; nothing was done. */
export interface ImportPreview {
  name: string;
  description: string;
  /** The number that it had where it was exported. */
  version: number | null;
  variables: PackedVariableAnswer[];
  conflicts: VariableConflict[];
  /** What the checks would find in the draft. */
  findings: Findings;
}

/** Something that was asked; fields without a value are absent. */
export interface InterruptAnswer {
  id: string;
  interruptId: string;
  executionId: string;
  kind: InterruptKind;
  status: InterruptStatus;
  runId: string;
  rootRunId: string;
  /** Absent for a run outside of conversations. */
  conversationId?: string | null;
  stepId: string;
  stepType: string;
  stepKey: string;
  title?: string | null;
  payload: { [name: string]: Json };
  responseSchema?: { [name: string]: Json } | null;
  approvers: string[];
  /** Of what is shown to whoever decides. */
  digest?: string | null;
  /** The question that this one is asked instead of. */
  replaces?: string | null;
  resolution?: Json;
  decidedBy?: Decider | null;
  openedAt: string;
  expiresAt?: string | null;
  settledAt?: string | null;
}

/** Who or what must answer: a person (approval, form), a browser, a callback URL, another run, the clock. */
export type InterruptKind = "approval" | "form" | "client_tool" | "callback" | "child_run" | "timer";

/** A page of an inbox. */
export interface InterruptPage {
  items: ListedInterrupt[];
  nextCursor?: string | null;
}

/** Open until exactly one conditional update closes it, in one of three ways. */
export type InterruptStatus = "open" | "settled" | "expired" | "cancelled";

/** One question, with what was typed so far if it is a form. */
export interface InterruptWithDraft {
  id: string;
  interruptId: string;
  executionId: string;
  kind: InterruptKind;
  status: InterruptStatus;
  runId: string;
  rootRunId: string;
  /** Absent for a run outside of conversations. */
  conversationId?: string | null;
  stepId: string;
  stepType: string;
  stepKey: string;
  title?: string | null;
  payload: { [name: string]: Json };
  responseSchema?: { [name: string]: Json } | null;
  approvers: string[];
  /** Of what is shown to whoever decides. */
  digest?: string | null;
  /** The question that this one is asked instead of. */
  replaces?: string | null;
  resolution?: Json;
  decidedBy?: Decider | null;
  openedAt: string;
  expiresAt?: string | null;
  settledAt?: string | null;
  draft?: { [name: string]: Json } | null;
}

/** An invitation that nobody has accepted yet. */
export interface InvitationAnswer {
  id: string;
  email: string;
  role: "member" | "admin" | "owner";
  invitedBy: string;
  createdAt: string;
  expiresAt: string;
}

/** Members to invite by their addresses, with one role. */
export interface InvitationBody {
  emails: string[];
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
}

/** The code of an invitation. */
export interface InvitationCode {
  code: string;
}

/** Open invitations, newest first. */
export interface InvitationList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: InvitationAnswer[];
}

/** Half-typed values are on disk. */
export interface KeptDraft {
  interruptId: string;
  rev: number;
}

/** A key as it is listed: never the key itself. */
export interface KeyAnswer {
  id: string;
  name: string;
  prefix: string;
  lastCharacters: string;
  scopes: string[];
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
}

/** Keys, newest first. */
export interface KeyList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: KeyAnswer[];
}

/** What the Peer looks things up in. What it finds is material for it, and cited under its answers. */
export interface KnowledgeContent {
  /** Data sources by name or id; ids are kept. */
  sources: string[];
  /** The model decides when to look something up (`tool`), or every message is looked up first (`always`). */
  use?: "tool" | "always";
  /** Passages of one search at most. */
  limit?: number;
  /** How well a passage must fit, from 0 to 1. */
  threshold?: number;
  /** How much its words count. */
  textWeight?: number;
  /** How much its meaning counts, where the data source has embeddings. */
  vectorWeight?: number;
}

/** Links, newest first. */
export interface LinkList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: ShareLinkAnswer[];
}

/** One line of an inbox. */
export interface ListedInterrupt {
  id: string;
  interruptId: string;
  executionId: string;
  kind: InterruptKind;
  status: InterruptStatus;
  runId: string;
  rootRunId: string;
  /** Absent for a run outside of conversations. */
  conversationId?: string | null;
  stepId: string;
  stepType: string;
  stepKey: string;
  title?: string | null;
  payload: { [name: string]: Json };
  responseSchema?: { [name: string]: Json } | null;
  approvers: string[];
  /** Of what is shown to whoever decides. */
  digest?: string | null;
  /** The question that this one is asked instead of. */
  replaces?: string | null;
  resolution?: Json;
  decidedBy?: Decider | null;
  openedAt: string;
  expiresAt?: string | null;
  settledAt?: string | null;
  /** Whether the reader may answer it, or only sees it. */
  mayAnswer: boolean;
}

/** One line of the list of runs. */
export interface LoggedRun {
  appRunId: string;
  status: RunStatus;
  flowId: string | null;
  /** None for a draft. */
  version: number | null;
  environment: string;
  type: "event" | "schedule" | "api";
  source: string | null;
  startedBy: string | null;
  conversationId: string | null;
  parentRunId: string | null;
  rejected: boolean;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  responseTimeMs: number | null;
  trigger: TriggerOfRun;
}

/** A new invitation. `link` is shown this once, and only if no letter has brought it. */
export interface MadeInvitation {
  id: string;
  email: string;
  role: "member" | "admin" | "owner";
  invitedBy: string;
  createdAt: string;
  expiresAt: string;
  link: string | null;
  sent: boolean;
}

/** New invitations, one for each address. */
export interface MadeInvitations {
  items: MadeInvitation[];
}

/** A new key, in clear this once. */
export interface MadeKey {
  id: string;
  name: string;
  prefix: string;
  lastCharacters: string;
  scopes: string[];
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  key: string;
}

/** A new link, with its token this once. */
export interface MadeLink {
  id: string;
  name: string;
  lastCharacters: string;
  version: number | null;
  rateLimit: number;
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  token: string;
  /** Describes the flow; `/v1/flow/share/execute/{token}` runs it. */
  url: string;
  /** Steps that ask somebody, but do not name `starter` among their approvers: visitors wait there for others. */
  closedSteps: string[];
}

/** A new link: `token` and `url` are shown this once. */
export interface MadePeerLink {
  id: string;
  name: string;
  lastCharacters: string;
  rateLimit: number;
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  token: string;
  url: string;
}

/** A new token: `token` is shown this once. */
export interface MadeToken {
  id: string;
  name: string;
  token: string;
  expiresAt?: string | null;
}

/** How a profile signs in, as it was sent; what is secret is masked. */
export interface MaskedScheme {
  kind: "apiKey" | "basic" | "oauth2";
  place?: "header" | "query";
  name?: string;
  value?: string;
  username?: string;
  password?: string;
  tokenUrl?: string;
  clientId?: string;
  clientSecret?: string;
  scope?: string;
  audience?: string;
  clientAuth?: "header" | "body";
}

/** Who is signed in. */
export interface MeAnswer {
  id: string;
  name: string;
  kind: "user" | "visitor";
  workspaceId: string;
  email?: string | null;
  role?: "member" | "admin" | "owner" | null;
  permissions: string[];
}

/** What to change of oneself; an address can be set once, by who has none yet. */
export interface MeChange {
  name?: string | null;
  email?: string | null;
}

/** A person in the workspace. */
export interface MemberAnswer {
  id: string;
  name: string;
  email: string | null;
  role: "member" | "admin" | "owner";
  /** Which of share, publish and schedule they may do; admins and owners may all of them. */
  switches: ("share" | "publish" | "schedule")[];
  disabled: boolean;
  createdAt: string;
  groups: MemberGroup[];
}

/** A group that somebody is in. */
export interface MemberGroup {
  id: string;
  name: string;
}

/** A page of members. */
export interface MemberPage {
  items: MemberAnswer[];
  nextCursor?: string | null;
}

/** What to change of a member; what is absent stays. */
export interface MemberPatch {
  name?: string | null;
  role?: "member" | "admin" | "owner" | null;
  /** Exactly these they may do from now on. */
  switches?: ("share" | "publish" | "schedule")[] | null;
  /** Locked out: no session, token or password of theirs is good any more. */
  disabled?: boolean | null;
}

/** Messages of the shown branch, in the words of the protocol. */
export interface MessagePage {
  items: { [name: string]: Json }[];
  nextCursor: string | null;
}

/** One call of a model, with what it cost. */
export interface ModelCall {
  stepKey: string;
  stepId: string;
  at: string | null;
  model?: string | null;
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
  cachedTokens?: number | null;
  credits: number;
  price?: Money | null;
}

/** The calls of models of a run, and their sum. */
export interface ModelCalls {
  items: ModelCall[];
  totals: UsageTotals;
}

/** What a million tokens of a model cost. */
export interface ModelPrice {
  /** Those that it is sent. */
  prompt: number;
  /** Those that it answers. */
  completion: number;
  /** Those that it is sent and still knew; without it they cost what the others do. */
  cached?: number | null;
}

/** A row of Model runs. */
export interface ModelRunAnswer {
  requestId: string;
  status: "In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled";
  nodeName: string;
  modelName: string;
  connectionName: string;
  responseTimeMs: number;
  startedAt: string;
  endedAt: string;
  runId: string;
  stepKey: string;
  version: number | null;
  flowId: string;
  usage: ModelRunUsage;
}

/** One model run: what was asked, the record of its step, the answer, and what scanners found. */
export interface ModelRunPanel {
  requestId: string;
  status: "In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled";
  nodeName: string;
  modelName: string;
  connectionName: string;
  responseTimeMs: number;
  startedAt: string;
  endedAt: string;
  runId: string;
  stepKey: string;
  version: number | null;
  flowId: string;
  usage: ModelRunUsage;
  input: { [name: string]: string };
  flowLog: StepRecord[];
  output: Json;
  error: Failure | null;
  scanners: ScannerFinding[];
}

/** What a model run used, and cost. */
export interface ModelRunUsage {
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
  cachedTokens: number;
  credits: number;
  price?: Money | null;
}

/** Model runs, newest first. */
export interface ModelRuns {
  items: ModelRunAnswer[];
  nextCursor: string | null;
}

/** Which model to ask for one word. */
export interface ModelTrial {
  model: string;
}

/** What one call of a model used. */
export interface ModelUsage {
  model?: string;
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
  cachedTokens?: number;
  price?: Money;
}

/** An amount in one currency. */
export interface Money {
  amount: number;
  currency: string;
}

/** A row of All runs. */
export interface MonitoredRun {
  runId: string;
  status: "In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled";
  /** All waiting is in it. */
  responseTimeMs: number | null;
  nodesExecuted: number;
  startedAt: string;
  endedAt: string | null;
  type: "Event-based" | "Schedule-based" | "API-based";
  source: string | null;
  triggerType: string;
  runStatus: RunStatus;
  version: number | null;
  flowId: string | null;
}

/** All runs, newest first. */
export interface MonitoredRuns {
  items: MonitoredRun[];
  nextCursor: string | null;
}

/** On one day of every month; a month that has no such day is left out. */
export interface Monthly {
  kind: "monthly";
  time: string;
  day: number | "last";
}

/** A flow to run that is attached as an action. */
export interface NewAction {
  attachmentId: string;
  inputs?: { [name: string]: Json };
}

/** A limit: `tokens`, `cost`, or both, of which the one that is reached first counts. */
export interface NewBudget {
  /** Whose account is limited: `workspace`, `user`, `peer`, or `link` (a public link to a Peer or a flow). */
  kind: "workspace" | "user" | "peer" | "link";
  /** The id of the person, Peer or link; not needed for the workspace. */
  subjectId?: string | null;
  /** A day begins at midnight UTC, a month on its first day. */
  period?: "day" | "month";
  tokens?: number | null;
  cost?: number | null;
  /** Of `cost`; without it that of the installation. Calls that are paid in another one count by tokens only. */
  currency?: string | null;
}

/** A provider of models, by its key. */
export interface NewConnection {
  kind?: "model";
  /** Models are `<name>:<model>` from now on, in steps, Peers and scanners. */
  name: string;
  /** Who speaks there. Any other than `openai` needs the extra `langchain` and its own package. */
  provider?: "openai" | "anthropic" | "deepseek" | "fireworks" | "google_genai" | "groq" | "mistralai" | "openrouter" | "perplexity" | "together" | "xai";
  /** What `/chat/completions` is put behind; for `openai` only. Private addresses must be allowed. */
  baseUrl?: string | null;
  key: string;
  prices?: { [name: string]: ModelPrice };
  /** Of the prices; without it that of the installation. */
  currency?: string | null;
}

/** A conversation to start. */
export interface NewConversation {
  peerId: string;
  /** Talk to the draft of the Peer; needs the right to edit it. */
  preview?: boolean;
}

/** An authorization profile to make. */
export interface NewCredential {
  name: string;
  scheme: ApiKeyScheme | BasicScheme | ClientCredentialsScheme;
  /** Where it may be sent: `host` (ports 80 and 443), `host:port` or `host:*`. */
  hosts: string[];
  /** The flows that may use it, or `all`. None, unless you name them. */
  flows?: "all" | string[];
  description?: string;
  /** What a test reads: a URL of one of the hosts that answers 200 to those who are signed in. */
  testUrl?: string;
}

/** An uploaded file to be indexed. */
export interface NewDocument {
  /** Of `POST /v1/file`: text, Markdown, HTML, CSV, JSON or PDF. Whoever may see the data source may read it then. */
  fileId: string;
  /** What citations call it; the name of the file if it is left out. */
  name?: string | null;
}

/** A link to make. */
export interface NewFileLink {
  /** How long it works: five minutes to seven days. */
  expiresInS?: number;
}

/** A flow to make. */
export interface NewFlow {
  definition: { [name: string]: Json };
}

/** A role for somebody. */
export interface NewGrant {
  subjectKind?: "user" | "group" | "workspace";
  /** The id of a person or group; not needed for the workspace. */
  subjectId?: string | null;
  /** Names a person by their address instead. */
  email?: string | null;
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
}

/** Roles to give, all or none. */
export interface NewGrants {
  grants: NewGrant[];
}

/** A group to make. */
export interface NewGroup {
  name: string;
  /** Ids of people. */
  members?: string[];
}

/** Whom to invite. */
export interface NewInvitations {
  emails: string[];
  role?: "member" | "admin" | "owner";
}

/** A key to make. */
export interface NewKey {
  /** What people recognise it by; runs show it as their source. */
  name: string;
  /** When it stops to work; without it never. */
  expiresAt?: string | null;
  /** ``run`` flows and follow the runs, ``read`` those runs whole, ``answer`` what they ask. Without it all three. */
  scopes?: ("run" | "read" | "answer")[] | null;
}

/** A message to send. */
export interface NewMessage {
  content: string | (TextPart | FilePart)[];
  /** Made by the client: the same id again is the same message. */
  clientMessageId?: string | null;
  parentId?: string | null;
}

/** Who gets it. */
export interface NewOwner {
  userId: string;
  /** What the owner so far still is to it afterwards; nothing if it is absent. */
  keepRole?: "viewer" | "runner" | "editor" | "manager" | "admin" | null;
}

/** A new password, by the code of a link. */
export interface NewPassword {
  code: string;
  password: string;
}

/** A public link to make. */
export interface NewPeerLink {
  name?: string;
  /** When it stops to work; without it never. */
  expiresAt?: string | null;
  /** How many new visitors may come by it in a minute. */
  rateLimit?: number;
}

/** One more schedule of a flow. */
export interface NewSchedule {
  cron?: string | null;
  frequency?: Cron | Daily | Weekly | Monthly | Once | null;
  data?: Defaults;
  timezone?: string;
  startAt?: string | null;
  endAt?: string | null;
  name?: string;
  description?: string;
  /** Ticks that nobody was there for: `latest` runs the last of them once, flagged; `skip` runs none. */
  missed?: "latest" | "skip";
  enabled?: boolean;
  flowId: string;
}

/** A share link to make. */
export interface NewShareLink {
  /** What people recognise it by; runs show it as their source. */
  name?: string;
  /** A published version that it always runs; without it whatever is deployed. */
  version?: number | null;
  /** When it stops to work; without it never. */
  expiresAt?: string | null;
  /** How many runs and uploads it allows in a minute, all visitors together. */
  rateLimit?: number;
}

/** A token to make. */
export interface NewToken {
  name: string;
  /** Without it the token is good until it is ended. */
  expiresInDays?: number | null;
}

/** A tool to connect. */
export interface NewTool {
  name: string;
  /** `webhook`: anything that sends signed JSON; `manifest`: a tool that says how its webhooks are registered. */
  kind?: "webhook" | "manifest";
  manifest?: { [name: string]: Json } | null;
  /** The authorization profile by which its calls sign in, by id or name. */
  profile?: string | null;
  description?: string;
}

/** A variable to make. */
export interface NewVariable {
  value: Json;
  /** Encrypted, and never shown again. Secure with the value null: it has none yet, and keeps flows from deploying. */
  secure?: boolean;
  notes?: string;
  name: string;
}

/** One single time. */
export interface Once {
  kind: "once";
  /** Without an offset, it is meant in the time zone of the schedule. */
  at: string;
}

/** What a schedule would mean. */
export interface Outlook {
  cron: string;
  explanation: string;
  timezone: string;
  nextRuns: string[];
}

/** A variable in a package. */
export interface PackedVariableAnswer {
  name: string;
  secure: boolean;
  notes: string;
  /** Whether it is secure, so that somebody has to set its value before the flow can be deployed. */
  needsValue: boolean;
}

/** A new password, and the one so far if there is one. */
export interface PasswordChange {
  currentPassword?: string | null;
  password: string;
}

/** A Peer with its draft, for those who may change it. */
export interface PeerAnswer {
  id: string;
  name: string;
  description: string;
  model: string;
  greeting: string;
  starters: string[];
  /** The newest published version. */
  version: number;
  ownerId: string | null;
  /** Whether anybody besides its owner has a role on it. */
  visibility: "private" | "shared";
  /** What the reader is to it. */
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
  createdAt: string;
  updatedAt: string;
  instructions: string;
  attachments: AttachmentOfPeer[];
  script: RuleOfScript[];
  guardrails?: Guardrails;
  knowledge?: KnowledgeContent | null;
  draftRev: number;
}

/** Fields of the draft to change; what is absent stays. */
export interface PeerChange {
  /** The revision that this change was made from; a stale one is refused. */
  draftRev?: number | null;
  name?: Json;
  description?: Json;
  model?: Json;
  instructions?: Json;
  greeting?: Json;
  starters?: Json;
  attachments?: Json;
  script?: Json;
  /** `shared` lets the whole workspace talk to it, unless it is shared already; `private` takes every role away. */
  visibility?: "private" | "shared" | null;
  guardrails?: Json;
  knowledge?: Json;
}

/** Everything that a version of a Peer freezes. */
export interface PeerContent {
  name: string;
  description?: string;
  model?: string;
  instructions?: string;
  greeting?: string;
  starters?: string[];
  attachments?: AttachmentContent[];
  script?: ScriptRule[];
  /** What looks at everything that its model is given and says. */
  guardrails?: Guardrails;
  /** What it looks things up in. */
  knowledge?: KnowledgeContent | null;
}

/** How two states of a Peer differ; attachments are named by their ids. */
export interface PeerDiff {
  fields: FieldDiff[];
}

/** A link as it is listed: never its token. */
export interface PeerLinkAnswer {
  id: string;
  name: string;
  lastCharacters: string;
  rateLimit: number;
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
}

/** Links, newest first. */
export interface PeerLinkList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: PeerLinkAnswer[];
}

/** A page of Peers: with their drafts where the reader may change them. */
export interface PeerPage {
  items: (PeerAnswer | PeerSummary)[];
  nextCursor?: string | null;
}

/** How to publish the draft. */
export interface PeerPublication {
  /** What this version is for, shown in the list of versions. */
  notes?: string;
}

/** A Peer as everybody sees it who may talk to it: its published version. */
export interface PeerSummary {
  id: string;
  name: string;
  description: string;
  model: string;
  greeting: string;
  starters: string[];
  /** The newest published version. */
  version: number;
  ownerId: string | null;
  /** Whether anybody besides its owner has a role on it. */
  visibility: "private" | "shared";
  /** What the reader is to it. */
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
  createdAt: string;
  updatedAt: string;
}

/** A published version of a Peer. */
export interface PeerVersionAnswer {
  version: number;
  publishedAt: string;
  publishedBy: string;
  notes: string;
  /** Who could reach the Peer when this was published. */
  audience: Audience | null;
  content?: { [name: string]: Json } | null;
}

/** Versions, newest first, without their contents. */
export interface PeerVersionList {
  items: PeerVersionAnswer[];
  nextCursor: string | null;
}

/** The version that was published. */
export interface PeerVersionNumber {
  version: number;
}

/** How a run stands: with `output`, `error`, or what it waits for. */
export interface PolledRun {
  status: RunStatus;
  appRunId: string;
  output?: Json;
  rejected?: true | null;
  error?: Failure | null;
  waitState?: WaitState | null;
  waitStates?: WaitState[] | null;
  pendingAction?: WaitState | null;
}

/** What a million tokens of a model cost. */
export interface PriceOfModel {
  prompt: number;
  completion: number;
  cached?: number | null;
}

/** Why a request was refused, in the form of RFC 9457. */
export interface Problem {
  type: "about:blank";
  /** The status in words. */
  title: string;
  status: number;
  /** Which problem it is; stable, for programs. */
  code: string;
  /** What is wrong, for people. */
  detail: string;
  /** What to do about it. */
  remedy: string;
  /** Where it is: a JSON Pointer into the body, or query:name. */
  path?: string;
  /** Every fault, if there are several. */
  errors?: { [name: string]: Json }[];
  /** More for programs, such as retryAfterS. */
  details?: Json;
  /** The run that failed. */
  appRunId?: string;
  /** Whose fault the failure of a run was. */
  category?: string;
  /** The step that failed. */
  stepId?: string;
  /** What the run recorded of its failure. */
  error?: { [name: string]: Json };
}

/** How to try it. */
export interface ProfileTrial {
  /** A URL of one of its hosts; without it the profile's own. */
  url?: string | null;
}

/** What a test found. */
export interface ProfileTrialAnswer {
  ok: boolean;
  message: string;
  /** What the URL answered, if it was asked. */
  status: number | null;
  testedAt: string;
}

/** How far the indexing at work is, in passages. */
export interface Progress {
  done: number;
  total: number;
}

/** How to publish the draft. */
export interface Publication {
  /** What this version is for, shown in the list of versions. */
  notes?: string;
  /** The revision that you mean; refused if somebody has changed the draft since. */
  draftRev?: number | null;
  /** Publish although Peers, flows, schedules, keys or links would notice; without it these are listed (409). */
  confirm?: boolean;
}

/** Where results are pushed to; the token is never told. */
export interface PushAnswer {
  enabled: boolean;
  callbackUrl: string | null;
  hasAccessToken: boolean;
  /** The endpoint whose results are pushed. */
  url: string | null;
  updatedAt: string | null;
  /** Checks the signature of what is pushed; shown only when it is made. */
  signingSecret?: string | null;
}

/** One try of a delivery: the status that came back, or why none did. */
export interface PushAttempt {
  at: string;
  ms: number;
  status?: number;
  error?: string;
}

/** Where results go. URL and token come together; leave both out to switch what is saved on or off. */
export interface PushChange {
  enabled: boolean;
  callbackUrl?: string | null;
  /** Sent as `Authorization: Bearer`; stored encrypted and never shown. */
  accessToken?: string | null;
  /** With URL and token: make and show another one; the last one is worth nothing from then on. */
  newSigningSecret?: boolean;
}

/** The state of each part. */
export interface Ready {
  status: "ok";
  store: string;
  runtime: string;
  server: string;
}

/** A report: what was said of which answer, and what came of it. */
export interface ReportAnswer {
  id: string;
  status: "open" | "closed";
  reason: "harmful" | "wrong" | "private" | "unwanted" | "other";
  comment: string | null;
  /** The answer as it was when it was reported; at most its first 20,000 characters. */
  text: string;
  conversationId: string;
  messageId: string;
  reportedBy: string;
  reportedAt: string;
  closedBy: string | null;
  closedAt: string | null;
  note: string | null;
}

/** What came of it. */
export interface ReportClosing {
  note?: string | null;
}

/** A page of reports, newest first. */
export interface ReportPage {
  items: ReportAnswer[];
  nextCursor?: string | null;
}

/** A link for somebody, unless a letter has brought it to them. */
export interface ResetLinkAnswer {
  link: string | null;
  sent: boolean;
}

/** Whose password is forgotten. */
export interface ResetRequest {
  email: string;
}

/** The flow with the restored draft, and the audience that is offered with it. */
export interface RestoredAnswer {
  id: string;
  name: string;
  description: string;
  ownerId: string | null;
  /** Whether anybody besides its owner has a role on it. */
  visibility: "private" | "shared";
  /** What the reader is to it. */
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
  draftRev: number;
  latestVersion: number | null;
  deployedVersion: number | null;
  triggers: string[];
  createdAt: string;
  updatedAt: string;
  definition: { [name: string]: Json };
  audience: AudienceOffer;
}

/** The Peer with the restored draft, and the audience that is offered with it. */
export interface RestoredPeer {
  id: string;
  name: string;
  description: string;
  model: string;
  greeting: string;
  starters: string[];
  /** The newest published version. */
  version: number;
  ownerId: string | null;
  /** Whether anybody besides its owner has a role on it. */
  visibility: "private" | "shared";
  /** What the reader is to it. */
  role: "viewer" | "runner" | "editor" | "manager" | "admin";
  createdAt: string;
  updatedAt: string;
  instructions: string;
  attachments: AttachmentOfPeer[];
  script: RuleOfScript[];
  guardrails?: Guardrails;
  knowledge?: KnowledgeContent | null;
  draftRev: number;
  audience: AudienceOffer;
}

/** How to restore a version. */
export interface Restoring {
  /** The revision of the draft that is replaced; a stale one is refused. */
  draftRev?: number | null;
  /** Also share the flow again with exactly those who could reach it then; needs the right to share. */
  restoreAudience?: boolean;
}

/** After how many days what is over goes for good; null is never. */
export interface RetentionAnswer {
  /** Conversations in which nothing has happened for so long. */
  conversationDays: number | null;
  /** Runs outside conversations, after their end. */
  runDays: number | null;
  /** Conversations that were deleted: how long that can be undone. */
  deletedConversationDays: number;
  /** Files that no conversation and no run holds. */
  unusedFileDays: number;
  /** The log of pushed results, and webhooks that were taken away. */
  deliveryDays: number | null;
  /** Sessions, tokens, links and tickets after their end, and visitors who left nothing. */
  credentialDays: number;
}

/** What to change; what is absent stays, null is for ever. */
export interface RetentionChange {
  conversationDays?: number | null;
  runDays?: number | null;
  deletedConversationDays?: number;
  unusedFileDays?: number;
  deliveryDays?: number | null;
  credentialDays?: number;
}

/** One rule of a Peer's script for the scripted model. */
export interface RuleOfScript {
  when: string;
  say?: string | null;
  call?: CallOfScript | CallOfScript[] | null;
}

/** Everything that is kept of a run, secrets masked. */
export interface RunDetails {
  appRunId: string;
  status: RunStatus;
  flowId: string | null;
  /** None for a draft. */
  version: number | null;
  environment: string;
  type: "event" | "schedule" | "api";
  source: string | null;
  startedBy: string | null;
  conversationId: string | null;
  parentRunId: string | null;
  rejected: boolean;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  responseTimeMs: number | null;
  job: "app.run";
  trigger: TriggerWithData;
  inputs: { [name: string]: Json };
  output: Json;
  error: Failure | null;
  warnings: string[];
  waitStates: WaitState[];
  definitionDigest: string | null;
  rootRunId: string;
  steps: StepRecord[];
}

/** Runs, newest first. */
export interface RunLog {
  items: LoggedRun[];
  nextCursor: string | null;
}

/** One run: its input, the log step by step, its output and tokens, and where it failed. */
export interface RunPanel {
  runId: string;
  status: "In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled";
  /** All waiting is in it. */
  responseTimeMs: number | null;
  nodesExecuted: number;
  startedAt: string;
  endedAt: string | null;
  type: "Event-based" | "Schedule-based" | "API-based";
  source: string | null;
  triggerType: string;
  runStatus: RunStatus;
  version: number | null;
  flowId: string | null;
  waitingMs: number;
  activeMs: number;
  input: { [name: string]: Json };
  flowLog: StepRecord[];
  output: Json;
  usage: UsageTotals;
  error: Failure | null;
  failedStep: StepRecord | null;
  warnings: string[];
  modelRuns: ModelRunAnswer[];
}

/** Where a run stands. The last four are final: nothing leaves them. */
export type RunStatus = "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled" | "timed_out";

/** What one scanner said of what a model was given or said. */
export interface ScannerFinding {
  scanner: string;
  type?: string | null;
  side: "input" | "output";
  verdict: string;
  action?: string | null;
  score?: number | null;
  threshold?: number | null;
  durationMs?: number | null;
  explanation?: string | null;
}

/** A scanner, and a text to try it on. */
export interface ScannerTrial {
  scanner: ScannerUse;
  text: string;
  side?: "input" | "output";
}

/** What the scanner says. */
export interface ScannerTrialAnswer {
  /** Whether the text would pass, as it is or redacted. */
  valid: boolean;
  /** The text as it would pass. */
  text: string | null;
  verdict: "passed" | "blocked" | "redacted" | "warned" | "flagged" | "failed";
  score?: number | null;
  threshold: number;
  explanation?: string;
  durationMs: number;
  usage: ModelUsage[];
}

/** One kind of scanner. */
export interface ScannerType {
  type: string;
  title: string;
  summary: string;
  canRedact: boolean;
  defaultThreshold: number;
  /** What must be installed before it works. */
  missing: string | null;
  configSchema: { [name: string]: Json };
  example: { [name: string]: Json };
  docs: string;
}

/** Every kind that is installed. */
export interface ScannerTypes {
  items: ScannerType[];
}

/** One scanner of a guardrail: what it looks for, from which risk on it acts, and how. */
export interface ScannerUse {
  /** a name of one's own, where a type is used twice */
  id?: string | null;
  type: string;
  config?: { [name: string]: Json };
  /** the risk that it takes; else the type's own */
  threshold?: number | null;
  /** fail the step, hide what was found, tell of it, or only record it */
  action?: "block" | "redact" | "warn" | "flag";
  /** when the scanner itself fails; nothing passes silently */
  onFault?: "block" | "flag";
  /** the AI steps that it guards; none means all */
  steps?: string[];
}

/** A schedule, its next five runs, and what it means in words. */
export interface ScheduleAnswer {
  id: string;
  flowId: string;
  name: string;
  description: string;
  cron: string;
  frequency: FrequencyOfSchedule;
  explanation: string;
  timezone: string;
  startAt: string | null;
  endAt: string | null;
  data: Defaulted;
  missed: "latest" | "skip";
  enabled: boolean;
  /** `active`, `disabled`, `over` (nothing is to come), or `failing` (the last tick started nothing; see `error`). */
  status: string;
  nextRunAt: string | null;
  nextRuns: string[];
  lastRunAt: string | null;
  lastRunId: string | null;
  error: Failure | null;
  hints: Finding[];
  createdBy: string;
  createdAt: string;
  updatedAt: string;
}

/** When and with what a flow runs. Either `cron` or `frequency`. */
export interface ScheduleBody {
  cron?: string | null;
  frequency?: Cron | Daily | Weekly | Monthly | Once | null;
  data?: Defaults;
  timezone?: string;
  startAt?: string | null;
  endAt?: string | null;
  name?: string;
  description?: string;
  /** Ticks that nobody was there for: `latest` runs the last of them once, flagged; `skip` runs none. */
  missed?: "latest" | "skip";
  enabled?: boolean;
}

/** What is to be different; fields that are left out stay. `null` takes `startAt` or `endAt` away. */
export interface ScheduleChange {
  cron?: string | null;
  frequency?: Cron | Daily | Weekly | Monthly | Once | null;
  data?: Defaults | null;
  timezone?: string;
  startAt?: string | null;
  endAt?: string | null;
  name?: string;
  description?: string;
  missed?: "latest" | "skip";
  enabled?: boolean;
}

/** The schedules of a flow, oldest first. */
export interface ScheduleList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: ScheduleAnswer[];
}

/** A schedule of the flow. */
export interface ScheduleTrigger {
  id: string;
  name: string;
  frequency: string;
  description: string;
  setupAt: string;
  startAt: string | null;
  endAt: string | null;
  timezone: string;
  lastRunAt: string | null;
  nextRunAt: string | null;
  lastRunId: string | null;
  status: string;
  error: Failure | null;
}

/** A tool to call. Without `args` they are read from the message, as if the tool had been picked by its words. */
export interface ScriptCall {
  tool: string;
  args?: { [name: string]: Json } | null;
}

/** When a person's message matches `when` (RE2, anywhere, case ignored), say, call, or both; the first match wins. ``{{1}}`` or ``{{name}}`` in `say` and in `args` stand for the pattern's groups, ``{{0}}`` for all that matched. A group that took no part is empty text in `say`; in `args` a value that is nothing but that group is left out. */
export interface ScriptRule {
  when: string;
  say?: string | null;
  call?: ScriptCall | ScriptCall[] | null;
}

/** What to look for. */
export interface Search {
  query: string;
  limit?: number;
  /** How well a passage must fit, from 0 to 1. */
  threshold?: number;
  /** How much its words count, where there are embeddings as well. */
  textWeight?: number;
  /** How much its meaning counts. */
  vectorWeight?: number;
}

/** The passages that fit, best first. */
export interface SearchAnswer {
  results: FoundPassage[];
}

/** A message that is on disk; `turnId` is null as long as it waits for its turn. */
export interface SentMessage {
  id: string;
  messageId: string;
  turnId: string | null;
  seq: number;
}

/** A browser that is signed in. */
export interface SessionAnswer {
  id: string;
  agent: string | null;
  isThis: boolean;
  createdAt: string;
  usedAt: string | null;
  expiresAt: string | null;
}

/** Where one is signed in, newest first. */
export interface SessionList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: SessionAnswer[];
}

/** The request that was answered, now or before. */
export interface SettledCallback {
  status: "accepted" | "already_settled";
  interruptId: string;
  repeated?: true | null;
}

/** One role that somebody had. */
export interface Share {
  subjectKind: "user" | "group" | "workspace";
  subjectId: string;
  name: string | null;
  role: string;
}

/** A link as it is listed: never its token. */
export interface ShareLinkAnswer {
  id: string;
  name: string;
  lastCharacters: string;
  version: number | null;
  rateLimit: number;
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
}

/** What a visitor may know of a flow. */
export interface SharedFlow {
  name: string;
  description: string;
  /** The JSON Schema of the inputs. */
  inputs: { [name: string]: Json };
  /** The same, one entry per field in order. */
  fields: FieldOfFlow[];
}

/** The code of a one-time link, or address and password, or the token that the settings fix for the owner. */
export interface SignIn {
  code?: string | null;
  token?: string | null;
  email?: string | null;
  password?: string | null;
  /** Only needed by people who belong to several workspaces with the same password. */
  workspaceId?: string | null;
}

/** What is entered at the tool. The secret is shown this once. */
export interface SigningSecret {
  callbackUrl: string;
  secret: string;
}

/** The turn that runs the flow. */
export interface StartedAction {
  turnId: string | null;
  seq: number;
}

/** A step that came, went, moved or changed. */
export interface StepDiff {
  id: string;
  name: string;
  type: string;
  change: "added" | "removed" | "changed";
  /** Where it stands; for a removed one, where it stood. */
  path: string;
  /** Whether it is in another loop or branch now. */
  moved: boolean;
  fields: FieldDiff[];
}

/** One execution of a step; fields without a value are absent, `input` (its rendered config) unless it failed. */
export interface StepRecord {
  key: string;
  stepId: string;
  name: string;
  type: string | null;
  status: "running" | "retrying" | "waiting" | "done" | "failed";
  attempts: number;
  firstEventAt: string | null;
  startedAt: string | null;
  /** What the step did itself; waiting is not in it. */
  durationMs: number;
  endedAt?: string | null;
  interruptId?: string | null;
  port?: string | null;
  input?: { [name: string]: Json } | null;
  output?: Json;
  error?: Failure | null;
  model?: AskedModel | null;
  usage?: ModelUsage[] | null;
  scanners?: ScannerFinding[] | null;
  warnings?: string[] | null;
  /** Whether its output is what its inner steps gave. */
  collected?: boolean | null;
}

/** The steps of a run in the order in which they began. */
export interface StepRecords {
  items: StepRecord[];
}

/** One step type; `ports` and `scopes` are those of its example. */
export interface StepTypeAnswer {
  type: string;
  title: string;
  summary: string;
  category: string;
  effect: "pure" | "idempotent" | "once";
  chatOnly: boolean;
  ports: string[];
  scopes: string[];
  configSchema: { [name: string]: Json };
  example: { [name: string]: Json };
  docs: string;
}

/** Every step type that is installed. */
export interface StepTypes {
  items: StepTypeAnswer[];
}

/** Whether there was a turn to stop. */
export interface StoppedTurn {
  stopped: boolean;
}

/** Files that are stored, those on their way included. */
export interface Stored {
  count: number;
  bytes: number;
  /** How many bytes there may be. */
  limit: number | null;
}

/** What one person has stored. */
export interface StoredByPerson {
  id: string;
  name: string;
  count: number;
  bytes: number;
}

/** An event that was taken now, or before. */
export interface TakenEvent {
  status: "accepted" | "duplicate";
  /** The run that it started. */
  appRunId: string | null;
}

/** Text that a person or a model wrote. */
export interface TextPart {
  type: "text";
  text: string;
}

/** Opens one socket, within 60 seconds. */
export interface TicketAnswer {
  ticket: string;
  expiresAt: string;
}

/** A personal token; what it is itself is shown once, when it is made. */
export interface TokenAnswer {
  id: string;
  name: string;
  createdAt: string;
  usedAt?: string | null;
  expiresAt?: string | null;
}

/** One's tokens, newest first. */
export interface TokenList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: TokenAnswer[];
}

/** A tool, and what it can tell of. */
export interface ToolAnswer {
  id: string;
  name: string;
  kind: "webhook" | "manifest";
  description: string;
  manifest: { [name: string]: Json };
  profile: string | null;
  triggers: TriggerTypeAnswer[];
  createdAt: string;
  updatedAt: string;
}

/** What is to be different; fields that are left out stay. */
export interface ToolChange {
  name?: string;
  manifest?: { [name: string]: Json } | null;
  /** `null` takes the profile away. */
  profile?: string | null;
  description?: string;
}

/** All tools, by name. */
export interface ToolList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: ToolAnswer[];
}

/** What started a run; the id of a schedule only where one did. */
export interface TriggerOfRun {
  type: string;
  source: string | null;
  scheduleId?: string | null;
}

/** One thing that may start a flow. */
export interface TriggerTypeAnswer {
  type: string;
  title: string;
  description?: string;
  /** The tool, for triggers of tools. */
  provider?: string | null;
  toolId?: string | null;
  /** What expressions find under `trigger.data`. */
  dataSchema?: { [name: string]: Json };
}

/** What may start a flow. */
export interface TriggerTypes {
  items: TriggerTypeAnswer[];
}

/** What started a run, and what it brought. */
export interface TriggerWithData {
  type: string;
  source: string | null;
  scheduleId?: string | null;
  data: { [name: string]: Json };
}

/** What starts the flow by itself. */
export interface Triggers {
  events: EventTrigger[];
  schedules: ScheduleTrigger[];
}

/** What the workspace uses. */
export interface UsageAnswer {
  files: FileUsageAnswer;
}

/** What several calls used together; `prices` if they were paid in several currencies. */
export interface UsageTotals {
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
  cachedTokens?: number | null;
  credits: number;
  price?: Money | null;
  prices?: Money[] | null;
}

/** A variable; the value of a secure one is masked. */
export interface VariableAnswer {
  name: string;
  value: Json;
  secure: boolean;
  /** Whether it has a value; a secure one that was imported has none until somebody sets it. */
  isSet: boolean;
  notes: string;
  updatedAt: string;
}

/** A variable that the flow and the package have, and that differs. */
export interface VariableConflict {
  name: string;
  existing: VariableSide;
  incoming: VariableSide;
}

/** Fields of a variable to change; what is absent stays. */
export interface VariableFields {
  value?: Json;
  /** To make a secure variable plain, send its value too: it cannot be read back. */
  secure?: boolean | null;
  notes?: string | null;
}

/** All variables, by name. */
export interface VariableList {
  /** Where the next page begins; null on the last one. */
  nextCursor?: string | null;
  items: VariableAnswer[];
}

/** A variable on one side of a conflict; a secure value is masked, or absent from the package. */
export interface VariableSide {
  value: Json;
  secure: boolean;
}

/** A variable to set. */
export interface VariableValue {
  value: Json;
  /** Encrypted, and never shown again. Secure with the value null: it has none yet, and keeps flows from deploying. */
  secure?: boolean;
  notes?: string;
}

/** Whether the log is as it was written. */
export interface VerifiedAnswer {
  ok: boolean;
  records: number;
  flaw: FlawAnswer | null;
}

/** A published version. */
export interface VersionAnswer {
  version: number;
  publishedAt: string;
  publishedBy: string;
  notes: string;
  digest: string;
  /** Who could reach the flow when this was published; told to those who may edit it. */
  audience?: Audience | null;
  definition?: { [name: string]: Json } | null;
}

/** How two states of a flow differ. */
export interface VersionDiff {
  steps: StepDiff[];
  fields: FieldDiff[];
  layoutChanged: boolean;
}

/** Versions, newest first, without their definitions. */
export interface VersionList {
  items: VersionAnswer[];
  nextCursor: string | null;
}

/** The version that was published or deployed. */
export interface VersionNumber {
  version: number;
}

/** A visitor, with the Peer to talk to. `session` is for programs: browsers have it as a cookie. */
export interface VisitAnswer {
  id: string;
  name: string;
  kind: "user" | "visitor";
  workspaceId: string;
  email?: string | null;
  role?: "member" | "admin" | "owner" | null;
  permissions: string[];
  peerId: string;
  session: string;
}

/** The token of a public link. */
export interface VisitBody {
  token: string;
  /** How the visitor wants to be called. */
  name?: string;
}

/** One open question, in the words of the published API; what it shows stands beside these fields. */
export interface WaitState {
  /** The type of the step that asks, or `http-callback`. */
  type: string;
  kind: InterruptKind;
  stepId: string;
  stepKey: string;
  runId: string;
  executionId: string;
  /** The same as `executionId`. */
  interruptId: string;
  openedAt: string;
  expiresAt?: string | null;
  title?: string | null;
  /** Of approvals. */
  message?: string | null;
  form?: { [name: string]: Json } | null;
  /** Of client tools. */
  args?: Json;
}

/** A run that waits for somebody. */
export interface WaitingRun {
  status: "waiting";
  appRunId: string;
  /** The oldest question that somebody outside can answer. */
  waitState?: WaitState | null;
  waitStates?: WaitState[] | null;
  /** The same as `waitState`. */
  pendingAction?: WaitState | null;
  /** Lets somebody else follow and answer this run; only for those who may pass it on. */
  resumeSecret?: string | null;
}

/** How people can come in here. */
export interface WaysAnswer {
  /** What the button to the identity provider says, if there is one. */
  singleSignOn: string | null;
  /** Whether anybody here has a password. */
  password: boolean;
  /** Whether the settings fix a token that the owner can sign in with. */
  ownerToken: boolean;
  /** Whether a forgotten password can be reset by mail; else an admin gives out the link. */
  mail: boolean;
}

/** On these days of every week, or of every so many weeks. */
export interface Weekly {
  kind: "weekly";
  time: string;
  days: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
  /** 1: every week; 2: every second one, counted from the week of the start. */
  every?: number;
}

/** What an invitation is for. */
export interface WelcomeAnswer {
  workspace: string;
  email: string;
  role: "member" | "admin" | "owner";
  invitedBy: string;
  expiresAt: string;
}

/** The same with an example of its state. */
export interface WidgetAnswer {
  id: string;
  key: string;
  name: string;
  description: string;
  category: string;
  tags: string[];
  stateSchema: { [name: string]: Json };
  view: { [name: string]: Json };
  example: Json;
}

/** All ready-made widgets. */
export interface WidgetList {
  items: WidgetSummary[];
}

/** A ready-made widget: a component tree bound to a state. */
export interface WidgetSummary {
  id: string;
  key: string;
  name: string;
  description: string;
  category: string;
  tags: string[];
  stateSchema: { [name: string]: Json };
  view: { [name: string]: Json };
}

/** A workspace. */
export interface WorkspaceAnswer {
  id: string;
  name: string;
  createdAt: string;
}

/** What to change of it. */
export interface WorkspaceChange {
  name: string;
}

/** Every operation that speaks JSON, by method and path: what it takes and what it answers. */
export interface Operations {
  /** The process is alive */
  "GET /healthz": { answer: Alive };
  /** The server can do its work */
  "GET /readyz": { answer: Ready };
  /** Every step type with the schema of its config */
  "GET /v1/step-type": { query?: { category?: string }; answer: StepTypes };
  /** How people can come in here */
  "GET /v1/auth": { answer: WaysAnswer };
  /** Exchange the code of a one-time link, address and password, or the owner's token for a session cookie */
  "POST /v1/auth/sign-in": { body: SignIn; answer: MeAnswer };
  /** What an invitation is for, before it is accepted */
  "POST /v1/auth/invitation": { body: InvitationCode; answer: WelcomeAnswer };
  /** Accept an invitation with a name and a password, and sign in */
  "POST /v1/auth/accept": { body: Acceptance; answer: MeAnswer };
  /** Send a link to set a new password */
  "POST /v1/auth/reset": { body: ResetRequest; answer: null };
  /** Set a new password by the code of a link, and sign in */
  "POST /v1/auth/password": { body: NewPassword; answer: MeAnswer };
  /** End this session and everything made from it */
  "POST /v1/auth/sign-out": { answer: void };
  /** A ticket for the `hello` of a socket */
  "POST /v1/auth/ticket": { answer: TicketAnswer };
  /** Send the browser to the identity provider */
  "GET /v1/auth/oidc": { answer: void };
  /** Where the provider sends the browser back to */
  "GET /v1/auth/oidc/callback": { query?: { code?: string; state?: string }; answer: void };
  /** Who is signed in, and what they may do */
  "GET /v1/me": { answer: MeAnswer };
  /** Take another name, or give oneself the address to sign in with */
  "PATCH /v1/me": { body: MeChange; answer: MeAnswer };
  /** Set another password */
  "PUT /v1/me/password": { body: PasswordChange; answer: void };
  /** Where one is signed in */
  "GET /v1/me/session": { query?: { cursor?: string; limit?: number }; answer: SessionList };
  /** Sign out everywhere but here */
  "DELETE /v1/me/session": { answer: void };
  /** Sign out somewhere */
  "DELETE /v1/me/session/{session_id}": { path: { session_id: string }; answer: void };
  /** Make a token that acts as oneself, for `Authorization */
  "POST /v1/me/token": { body: NewToken; answer: MadeToken };
  /** One's tokens */
  "GET /v1/me/token": { query?: { cursor?: string; limit?: number }; answer: TokenList };
  /** End a token */
  "DELETE /v1/me/token/{token_id}": { path: { token_id: string }; answer: void };
  /** The workspace that one is in */
  "GET /v1/workspace": { answer: WorkspaceAnswer };
  /** Give the workspace another name */
  "PATCH /v1/workspace": { body: WorkspaceChange; answer: WorkspaceAnswer };
  /** The people of the workspace, newest first */
  "GET /v1/workspace/member": { query?: { search?: string; cursor?: string; limit?: number }; answer: MemberPage };
  /** One person */
  "GET /v1/workspace/member/{user_id}": { path: { user_id: string }; answer: MemberAnswer };
  /** Change somebody's name, role or switches, or lock them out */
  "PATCH /v1/workspace/member/{user_id}": { path: { user_id: string }; body: MemberPatch; answer: MemberAnswer };
  /** Take somebody out of the workspace */
  "DELETE /v1/workspace/member/{user_id}": { path: { user_id: string }; query?: { heirId?: string }; answer: void };
  /** Send somebody a link to set a new password */
  "POST /v1/workspace/member/{user_id}/reset": { path: { user_id: string }; answer: ResetLinkAnswer };
  /** How long the workspace keeps conversations, runs, files and the rest */
  "GET /v1/workspace/retention": { answer: RetentionAnswer };
  /** Change how long things are kept */
  "PATCH /v1/workspace/retention": { body: RetentionChange; answer: RetentionAnswer };
  /** How many bytes of files may be stored */
  "GET /v1/workspace/file-quota": { answer: FileQuotaAnswer };
  /** Change how much may be stored, from the next upload on */
  "PATCH /v1/workspace/file-quota": { body: FileQuotaChange; answer: FileQuotaAnswer };
  /** What is stored now, counted, beside what may be */
  "GET /v1/workspace/usage": { answer: UsageAnswer };
  /** Invite people by their addresses, with one role */
  "POST /v1/workspace/invitation": { body: NewInvitations; answer: MadeInvitations };
  /** Invitations that nobody has accepted yet, newest first */
  "GET /v1/workspace/invitation": { query?: { cursor?: string; limit?: number }; answer: InvitationList };
  /** Invite the same person again */
  "POST /v1/workspace/invitation/{invitation_id}/renew": { path: { invitation_id: string }; answer: MadeInvitation };
  /** Take an invitation back */
  "DELETE /v1/workspace/invitation/{invitation_id}": { path: { invitation_id: string }; answer: void };
  /** All groups */
  "GET /v1/workspace/group": { query?: { cursor?: string; limit?: number }; answer: GroupList };
  /** Make a group */
  "POST /v1/workspace/group": { body: NewGroup; answer: GroupAnswer };
  /** One group */
  "GET /v1/workspace/group/{group_id}": { path: { group_id: string }; answer: GroupAnswer };
  /** Give a group another name */
  "PATCH /v1/workspace/group/{group_id}": { path: { group_id: string }; body: GroupChange; answer: GroupAnswer };
  /** Take a group away, with every right that it gave */
  "DELETE /v1/workspace/group/{group_id}": { path: { group_id: string }; answer: void };
  /** Put somebody into a group */
  "PUT /v1/workspace/group/{group_id}/member/{user_id}": { path: { group_id: string; user_id: string }; answer: void };
  /** Take somebody out of a group */
  "DELETE /v1/workspace/group/{group_id}/member/{user_id}": { path: { group_id: string; user_id: string }; answer: void };
  /** Its owner, and every role that people, groups or the workspace have */
  "GET /v1/flow/{flow_id}/grant": { path: { flow_id: string }; answer: AudienceAnswer };
  /** Give roles, all or none */
  "PUT /v1/flow/{flow_id}/grant": { path: { flow_id: string }; body: NewGrants; answer: AudienceAnswer };
  /** Give members, named by their addresses, one role, and tell them by mail where that is set up */
  "POST /v1/flow/{flow_id}/invitation": { path: { flow_id: string }; body: InvitationBody; answer: AudienceAnswer };
  /** Take a role away */
  "DELETE /v1/flow/{flow_id}/grant/{subject_kind}/{subject_id}": { path: { flow_id: string; subject_kind: "user" | "group" | "workspace"; subject_id: string }; answer: void };
  /** Give it to another member */
  "POST /v1/flow/{flow_id}/owner": { path: { flow_id: string }; body: NewOwner; answer: AudienceAnswer };
  /** Its owner, and every role that people, groups or the workspace have */
  "GET /v1/peer/{peer_id}/grant": { path: { peer_id: string }; answer: AudienceAnswer };
  /** Give roles, all or none */
  "PUT /v1/peer/{peer_id}/grant": { path: { peer_id: string }; body: NewGrants; answer: AudienceAnswer };
  /** Give members, named by their addresses, one role, and tell them by mail where that is set up */
  "POST /v1/peer/{peer_id}/invitation": { path: { peer_id: string }; body: InvitationBody; answer: AudienceAnswer };
  /** Take a role away */
  "DELETE /v1/peer/{peer_id}/grant/{subject_kind}/{subject_id}": { path: { peer_id: string; subject_kind: "user" | "group" | "workspace"; subject_id: string }; answer: void };
  /** Give it to another member */
  "POST /v1/peer/{peer_id}/owner": { path: { peer_id: string }; body: NewOwner; answer: AudienceAnswer };
  /** Make a link by which anybody may run this flow */
  "POST /v1/flow/{flow_id}/share": { path: { flow_id: string }; body?: NewShareLink | null; answer: MadeLink };
  /** The links of this flow */
  "GET /v1/flow/{flow_id}/share": { path: { flow_id: string }; query?: { cursor?: string; limit?: number }; answer: LinkList };
  /** Withdraw a link, at once */
  "DELETE /v1/flow/{flow_id}/share/{link_id}": { path: { flow_id: string; link_id: string }; answer: void };
  /** The name, description and fields of a shared flow */
  "GET /v1/flow/share/{token}": { path: { token: string }; answer: SharedFlow };
  /** Run a shared flow */
  "POST /v1/flow/share/execute/{token}": { path: { token: string }; query?: { returnExecutionMetadata?: boolean }; body?: { [name: string]: Json }; answer: CompletedRun | WaitingRun | Json };
  /** Run a flow and wait for its output */
  "POST /v1/flow/execute/{flow_id}": { path: { flow_id: string }; query?: { version?: "deployed" | "latest" | number }; body?: Execution | null; answer: CompletedRun | WaitingRun | Json };
  /** A version as a file */
  "GET /v1/flow/{flow_id}/export": { path: { flow_id: string }; query?: { version?: "draft" | "deployed" | "latest" | number; format?: "json" | "zip" }; answer: { [name: string]: Json } };
  /** Make a private flow of a file */
  "POST /v1/flow/import": { query?: { name?: string }; body: { [name: string]: Json }; answer: ImportAnswer };
  /** What importing the file would make */
  "POST /v1/flow/import/preview": { body: { [name: string]: Json }; answer: ImportPreview };
  /** Put a package of all three files in place of the draft */
  "POST /v1/flow/{flow_id}/import": { path: { flow_id: string }; query?: { overwrite?: string[]; keep?: string[]; proceed?: boolean; backup?: boolean; draftRev?: number }; body: { [name: string]: Json }; answer: ImportAnswer };
  /** What importing the package over the draft would do, and which variables would be in conflict */
  "POST /v1/flow/{flow_id}/import/preview": { path: { flow_id: string }; body: { [name: string]: Json }; answer: ImportPreview };
  /** A new private flow with the same draft and variables */
  "POST /v1/flow/{flow_id}/clone": { path: { flow_id: string }; answer: FlowAnswer };
  /** The JSON Schema of a definition */
  "GET /v1/flow/schema": { answer: { [name: string]: Json } };
  /** Make a flow with this draft */
  "POST /v1/flow": { body: NewFlow; answer: FlowAnswer };
  /** Flows, newest first */
  "GET /v1/flow": { query?: { search?: string; cursor?: string; limit?: number }; answer: FlowPage };
  /** One flow with its draft */
  "GET /v1/flow/{flow_id}": { path: { flow_id: string }; answer: FlowAnswer };
  /** Change the draft, or who may reach the flow */
  "PATCH /v1/flow/{flow_id}": { path: { flow_id: string }; body: FlowChange; answer: FlowAnswer };
  /** Take the flow away */
  "DELETE /v1/flow/{flow_id}": { path: { flow_id: string }; answer: void };
  /** Save the draft while somebody works on it */
  "POST /v1/flow/{flow_id}/autosave": { path: { flow_id: string }; body: Autosave; answer: Autosaved };
  /** Find mistakes in the draft */
  "POST /v1/flow/{flow_id}/check": { path: { flow_id: string }; answer: Findings };
  /** Freeze the draft as the next version */
  "POST /v1/flow/{flow_id}/publish": { path: { flow_id: string }; body?: Publication | null; answer: VersionNumber };
  /** Point the endpoint at a version */
  "POST /v1/flow/{flow_id}/deploy": { path: { flow_id: string }; body?: Deployment | null; answer: VersionNumber };
  /** Take the endpoint away */
  "POST /v1/flow/{flow_id}/undeploy": { path: { flow_id: string }; answer: void };
  /** What the endpoint serves, to look at */
  "GET /v1/flow/{flow_id}/deployed": { path: { flow_id: string }; answer: DeployedAnswer };
  /** The published versions, newest first */
  "GET /v1/flow/{flow_id}/version": { path: { flow_id: string }; query?: { cursor?: string; limit?: number }; answer: VersionList };
  /** One published version with its definition */
  "GET /v1/flow/{flow_id}/version/{number}": { path: { flow_id: string; number: number }; answer: VersionAnswer };
  /** How two states of the flow differ, step by step and field by field */
  "GET /v1/flow/{flow_id}/diff": { path: { flow_id: string }; query?: { from?: "draft" | "deployed" | "latest" | number; to?: "draft" | "deployed" | "latest" | number }; answer: VersionDiff };
  /** Make a version the draft again */
  "POST /v1/flow/{flow_id}/version/{number}/restore": { path: { flow_id: string; number: number }; body?: Restoring | null; answer: RestoredAnswer };
  /** The runs of a flow, newest first */
  "GET /v1/flow/{flow_id}/logs": { path: { flow_id: string }; query?: { status?: RunStatus[]; cursor?: string; limit?: number }; answer: RunLog };
  /** Status, and output, error or what the run waits for */
  "GET /v1/flowrun/poll/{run_id}": { path: { run_id: string }; answer: PolledRun };
  /** The full record, secrets masked */
  "GET /v1/flowrun/details/{run_id}": { path: { run_id: string }; answer: RunDetails };
  /** What was sent, secrets masked */
  "GET /v1/flowrun/inputs/{run_id}": { path: { run_id: string }; answer: { [name: string]: Json } };
  /** The final output */
  "GET /v1/flowrun/outputs/{run_id}": { path: { run_id: string }; answer: Json };
  /** The error with its step */
  "GET /v1/flowrun/errorDetails/{run_id}": { path: { run_id: string }; answer: Failure | null };
  /** Step records in order */
  "GET /v1/flowrun/steps/{run_id}": { path: { run_id: string }; answer: StepRecords };
  /** What expressions see now, secure values masked */
  "GET /v1/flowrun/context/{run_id}": { path: { run_id: string }; answer: { [name: string]: Json } };
  /** Model, tokens, credits and price per model call */
  "GET /v1/flowrun/credit-details/{run_id}": { path: { run_id: string }; answer: ModelCalls };
  /** Everything that was done in the workspace, newest first */
  "GET /v1/workspace/audit": { query?: { cursor?: string; limit?: number; filter?: string[]; match?: "all" | "any"; from?: string; to?: string }; answer: AuditList };
  /** The same as a CSV file */
  "GET /v1/workspace/audit/export": { query?: { filter?: string[]; match?: "all" | "any"; from?: string; to?: string }; answer: void };
  /** Every event that there may be */
  "GET /v1/workspace/audit/event": { answer: EventList };
  /** Whether every record is as it was written, and the first one that is not */
  "GET /v1/workspace/audit/verify": { answer: VerifiedAnswer };
  /** Everything that was done with a flow, newest first */
  "GET /v1/flow/{flow_id}/audit": { path: { flow_id: string }; query?: { cursor?: string; limit?: number; filter?: string[]; match?: "all" | "any"; from?: string; to?: string }; answer: AuditList };
  /** The same as a CSV file */
  "GET /v1/flow/{flow_id}/audit/export": { path: { flow_id: string }; query?: { filter?: string[]; match?: "all" | "any"; from?: string; to?: string }; answer: void };
  /** All runs of the published versions of a flow, newest first */
  "GET /v1/flow/{flow_id}/monitor/run": { path: { flow_id: string }; query?: { cursor?: string; limit?: number; from?: string; to?: string; status?: ("In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled" | RunStatus)[]; type?: ("Event-based" | "Schedule-based" | "API-based")[]; triggerType?: string[]; source?: string[]; version?: number[]; model?: string[]; connection?: string[]; minResponseTimeMs?: number; maxResponseTimeMs?: number }; answer: MonitoredRuns };
  /** Every time that a step of these runs asked a model, newest first */
  "GET /v1/flow/{flow_id}/monitor/model-run": { path: { flow_id: string }; query?: { cursor?: string; limit?: number; from?: string; to?: string; status?: ("In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled" | RunStatus)[]; type?: ("Event-based" | "Schedule-based" | "API-based")[]; triggerType?: string[]; source?: string[]; version?: number[]; model?: string[]; connection?: string[]; minResponseTimeMs?: number; maxResponseTimeMs?: number }; answer: ModelRuns };
  /** Total, P90, P99 and failure rate of what the same filters list */
  "GET /v1/flow/{flow_id}/monitor/metrics": { path: { flow_id: string }; query?: { view?: "run" | "model-run"; from?: string; to?: string; status?: ("In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled" | RunStatus)[]; type?: ("Event-based" | "Schedule-based" | "API-based")[]; triggerType?: string[]; source?: string[]; version?: number[]; model?: string[]; connection?: string[]; minResponseTimeMs?: number; maxResponseTimeMs?: number }; answer: FiguresAnswer };
  /** How the flow and its configuration were changed, newest first */
  "GET /v1/flow/{flow_id}/monitor/history": { path: { flow_id: string }; query?: { cursor?: string; limit?: number }; answer: History };
  /** The same over all flows that one sees */
  "GET /v1/workspace/monitor/run": { query?: { cursor?: string; limit?: number; from?: string; to?: string; status?: ("In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled" | RunStatus)[]; type?: ("Event-based" | "Schedule-based" | "API-based")[]; triggerType?: string[]; source?: string[]; version?: number[]; model?: string[]; connection?: string[]; minResponseTimeMs?: number; maxResponseTimeMs?: number }; answer: MonitoredRuns };
  /** The same over all flows that one sees */
  "GET /v1/workspace/monitor/model-run": { query?: { cursor?: string; limit?: number; from?: string; to?: string; status?: ("In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled" | RunStatus)[]; type?: ("Event-based" | "Schedule-based" | "API-based")[]; triggerType?: string[]; source?: string[]; version?: number[]; model?: string[]; connection?: string[]; minResponseTimeMs?: number; maxResponseTimeMs?: number }; answer: ModelRuns };
  /** The same over all flows that one sees */
  "GET /v1/workspace/monitor/metrics": { query?: { view?: "run" | "model-run"; from?: string; to?: string; status?: ("In Progress" | "Waiting" | "Success" | "Failed" | "Cancelled" | RunStatus)[]; type?: ("Event-based" | "Schedule-based" | "API-based")[]; triggerType?: string[]; source?: string[]; version?: number[]; model?: string[]; connection?: string[]; minResponseTimeMs?: number; maxResponseTimeMs?: number }; answer: FiguresAnswer };
  /** One run */
  "GET /v1/monitor/run/{run_id}": { path: { run_id: string }; answer: RunPanel };
  /** One model run */
  "GET /v1/monitor/model-run/{request_id}": { path: { request_id: string }; answer: ModelRunPanel };
  /** All variables of a flow, secure values masked */
  "GET /v1/flow/{flow_id}/variable": { path: { flow_id: string }; query?: { cursor?: string; limit?: number }; answer: VariableList };
  /** Make a variable */
  "POST /v1/flow/{flow_id}/variable": { path: { flow_id: string }; body: NewVariable; answer: VariableAnswer };
  /** One variable */
  "GET /v1/flow/{flow_id}/variable/{name}": { path: { flow_id: string; name: string }; answer: VariableAnswer };
  /** Set `env.<name>`, new or not */
  "PUT /v1/flow/{flow_id}/variable/{name}": { path: { flow_id: string; name: string }; body: VariableValue; answer: VariableAnswer };
  /** Change some fields, such as the notes of a secure variable */
  "PATCH /v1/flow/{flow_id}/variable/{name}": { path: { flow_id: string; name: string }; body: VariableFields; answer: VariableAnswer };
  /** Remove the variable */
  "DELETE /v1/flow/{flow_id}/variable/{name}": { path: { flow_id: string; name: string }; answer: void };
  /** The variables of all flows, secure values masked */
  "GET /v1/workspace/variable": { query?: { cursor?: string; limit?: number }; answer: VariableList };
  /** Make a variable for all flows */
  "POST /v1/workspace/variable": { body: NewVariable; answer: VariableAnswer };
  /** One variable of all flows */
  "GET /v1/workspace/variable/{name}": { path: { name: string }; answer: VariableAnswer };
  /** Set `env.<name>` for all flows that have no variable of that name themselves */
  "PUT /v1/workspace/variable/{name}": { path: { name: string }; body: VariableValue; answer: VariableAnswer };
  /** Change some fields of a variable of all flows */
  "PATCH /v1/workspace/variable/{name}": { path: { name: string }; body: VariableFields; answer: VariableAnswer };
  /** Remove a variable of all flows */
  "DELETE /v1/workspace/variable/{name}": { path: { name: string }; answer: void };
  /** The schedule of a flow, with its next run */
  "GET /v1/flow/{flow_id}/schedule": { path: { flow_id: string }; answer: ScheduleAnswer };
  /** Run the flow by the clock, in place of the schedule that was there */
  "POST /v1/flow/{flow_id}/schedule": { path: { flow_id: string }; body: ScheduleBody; answer: ScheduleAnswer };
  /** Let the schedule of the flow never fire again */
  "POST /v1/flow/{flow_id}/schedule-cancel": { path: { flow_id: string }; answer: Cancelled };
  /** All schedules of a flow */
  "GET /v1/schedule": { query: { flowId: string; cursor?: string; limit?: number }; answer: ScheduleList };
  /** Make one more schedule of a flow */
  "POST /v1/schedule": { body: NewSchedule; answer: ScheduleAnswer };
  /** Say what a schedule would mean, and its next five runs */
  "POST /v1/schedule/preview": { body: ScheduleBody; answer: Outlook };
  /** One schedule */
  "GET /v1/schedule/{schedule_id}": { path: { schedule_id: string }; answer: ScheduleAnswer };
  /** Change it */
  "PATCH /v1/schedule/{schedule_id}": { path: { schedule_id: string }; body: ScheduleChange; answer: ScheduleAnswer };
  /** Let it never fire again */
  "DELETE /v1/schedule/{schedule_id}": { path: { schedule_id: string }; answer: void };
  /** Run it now with its inputs */
  "POST /v1/schedule/{schedule_id}/test": { path: { schedule_id: string }; answer: AcceptedRun };
  /** Make an authorization profile */
  "POST /v1/credential": { body: NewCredential; answer: CredentialAnswer };
  /** All authorization profiles of the workspace */
  "GET /v1/credential": { query?: { cursor?: string; limit?: number }; answer: CredentialList };
  /** One authorization profile */
  "GET /v1/credential/{credential_id}": { path: { credential_id: string }; answer: CredentialAnswer };
  /** Change it */
  "PATCH /v1/credential/{credential_id}": { path: { credential_id: string }; body: CredentialChange; answer: CredentialAnswer };
  /** Remove it */
  "DELETE /v1/credential/{credential_id}": { path: { credential_id: string }; answer: void };
  /** Try it, and keep how it went */
  "POST /v1/credential/{credential_id}/test": { path: { credential_id: string }; body?: ProfileTrial | null; answer: ProfileTrialAnswer };
  /** Connect a provider */
  "POST /v1/connection": { body: NewConnection; answer: ConnectionAnswer };
  /** All connections of the workspace */
  "GET /v1/connection": { query?: { cursor?: string; limit?: number }; answer: ConnectionList };
  /** One connection */
  "GET /v1/connection/{connection_id}": { path: { connection_id: string }; answer: ConnectionAnswer };
  /** Change it */
  "PATCH /v1/connection/{connection_id}": { path: { connection_id: string }; body: ConnectionChange; answer: ConnectionAnswer };
  /** Remove it */
  "DELETE /v1/connection/{connection_id}": { path: { connection_id: string }; answer: void };
  /** Ask one of its models for a word, and keep how it went */
  "POST /v1/connection/{connection_id}/test": { path: { connection_id: string }; body: ModelTrial; answer: ConnectionAnswer };
  /** Set a limit */
  "POST /v1/budget": { body: NewBudget; answer: BudgetAnswer };
  /** One's own budgets, and those of what one may limit */
  "GET /v1/budget": { query?: { kind?: "workspace" | "user" | "peer" | "link"; subjectId?: string; cursor?: string; limit?: number }; answer: BudgetList };
  /** One budget, with what is left of it */
  "GET /v1/budget/{budget_id}": { path: { budget_id: string }; answer: BudgetAnswer };
  /** Change a limit */
  "PATCH /v1/budget/{budget_id}": { path: { budget_id: string }; body: BudgetChange; answer: BudgetAnswer };
  /** Take a limit away */
  "DELETE /v1/budget/{budget_id}": { path: { budget_id: string }; answer: void };
  /** Make a data source */
  "POST /v1/data-source": { body: DataSourceContent; answer: DataSourceAnswer };
  /** Data sources of the workspace, newest first */
  "GET /v1/data-source": { query?: { search?: string; cursor?: string; limit?: number }; answer: DataSourcePage };
  /** One data source, and how much is in it */
  "GET /v1/data-source/{source_id}": { path: { source_id: string }; answer: DataSourceAnswer };
  /** Change it */
  "PATCH /v1/data-source/{source_id}": { path: { source_id: string }; body: DataSourceChange; answer: DataSourceAnswer };
  /** Remove it with its documents */
  "DELETE /v1/data-source/{source_id}": { path: { source_id: string }; answer: void };
  /** Find passages */
  "POST /v1/data-source/{source_id}/search": { path: { source_id: string }; body: Search; answer: SearchAnswer };
  /** Put an uploaded file into it */
  "POST /v1/data-source/{source_id}/document": { path: { source_id: string }; body: NewDocument; answer: DocumentAnswer };
  /** Its documents, newest first */
  "GET /v1/data-source/{source_id}/document": { path: { source_id: string }; query?: { status?: "pending" | "indexing" | "ready" | "failed"; cursor?: string; limit?: number }; answer: DocumentPage };
  /** One document, and how far it is */
  "GET /v1/data-source/{source_id}/document/{document_id}": { path: { source_id: string; document_id: string }; answer: DocumentAnswer };
  /** Take it out */
  "DELETE /v1/data-source/{source_id}/document/{document_id}": { path: { source_id: string; document_id: string }; answer: void };
  /** Index it anew, also after it failed */
  "POST /v1/data-source/{source_id}/document/{document_id}/reindex": { path: { source_id: string; document_id: string }; answer: DocumentAnswer };
  /** Every type that a trigger of a flow may have */
  "GET /v1/trigger-type": { answer: TriggerTypes };
  /** Connect a tool */
  "POST /v1/tool": { body: NewTool; answer: ToolAnswer };
  /** All tools of the workspace */
  "GET /v1/tool": { query?: { cursor?: string; limit?: number }; answer: ToolList };
  /** One tool */
  "GET /v1/tool/{tool_id}": { path: { tool_id: string }; answer: ToolAnswer };
  /** Change it */
  "PATCH /v1/tool/{tool_id}": { path: { tool_id: string }; body: ToolChange; answer: ToolAnswer };
  /** Remove it */
  "DELETE /v1/tool/{tool_id}": { path: { tool_id: string }; answer: void };
  /** The webhooks and schedules of a flow, with their last and next runs */
  "GET /v1/flow/{flow_id}/trigger": { path: { flow_id: string }; answer: Triggers };
  /** Register the webhook at its tool once more */
  "POST /v1/flow/{flow_id}/trigger/{trigger_id}/retry": { path: { flow_id: string; trigger_id: string }; answer: EventTrigger };
  /** Make a new signing secret for a webhook that people enter at the tool themselves */
  "POST /v1/flow/{flow_id}/trigger/{trigger_id}/secret": { path: { flow_id: string; trigger_id: string }; answer: SigningSecret };
  /** Take an event of a tool */
  "POST /v1/webhook/{token}": { path: { token: string }; body?: { [name: string]: Json }; answer: TakenEvent };
  /** Answer what the run waits for, and wait for its output or its next question */
  "POST /v1/flowrun/resume/{app_run_id}": { path: { app_run_id: string }; query?: { returnExecutionMetadata?: boolean }; body?: { [name: string]: Json }; answer: CompletedRun | WaitingRun | Json };
  /** Make a key for this flow */
  "POST /v1/flow/{flow_id}/api-key": { path: { flow_id: string }; body: NewKey; answer: MadeKey };
  /** The keys of this flow */
  "GET /v1/flow/{flow_id}/api-key": { path: { flow_id: string }; query?: { cursor?: string; limit?: number }; answer: KeyList };
  /** Withdraw a key */
  "DELETE /v1/flow/{flow_id}/api-key/{key_id}": { path: { flow_id: string; key_id: string }; answer: void };
  /** Make a key for every flow of the workspace */
  "POST /v1/workspace/api-key": { body: NewKey; answer: MadeKey };
  /** The keys for every flow */
  "GET /v1/workspace/api-key": { query?: { cursor?: string; limit?: number }; answer: KeyList };
  /** Withdraw a key */
  "DELETE /v1/workspace/api-key/{key_id}": { path: { key_id: string }; answer: void };
  /** The URLs of a deployed flow */
  "GET /v1/flow/{flow_id}/endpoint": { path: { flow_id: string }; answer: EndpointAnswer };
  /** Run a published version by its configured mode */
  "POST /v1/client/flow/{flow_id}/execute": { path: { flow_id: string }; query?: { version?: "deployed" | "latest" | number; returnExecutionMetadata?: boolean }; body?: { [name: string]: Json }; answer: CompletedRun | WaitingRun | Json };
  /** Run the deployed version and answer with its output */
  "POST /v1/client/flow/{flow_id}/sync": { path: { flow_id: string }; query?: { returnExecutionMetadata?: boolean }; body?: { [name: string]: Json }; answer: CompletedRun | WaitingRun | Json };
  /** Start the deployed version and answer at once */
  "POST /v1/client/flow/{flow_id}/async": { path: { flow_id: string }; body?: { [name: string]: Json }; answer: AcceptedRun };
  /** Start the deployed version */
  "POST /v1/client/flow/{flow_id}/push": { path: { flow_id: string }; body?: { [name: string]: Json }; answer: AcceptedRun };
  /** Where results are pushed to */
  "GET /v1/flow/{flow_id}/push": { path: { flow_id: string }; answer: PushAnswer };
  /** Save where results are pushed to, at once and for every version */
  "PUT /v1/flow/{flow_id}/push": { path: { flow_id: string }; body: PushChange; answer: PushAnswer };
  /** What was pushed, what will be, and every attempt */
  "GET /v1/flow/{flow_id}/push/delivery": { path: { flow_id: string }; query?: { cursor?: string; limit?: number }; answer: DeliveryPage };
  /** Try a delivery again now, also one that was given up */
  "POST /v1/flow/{flow_id}/push/delivery/{delivery_id}/retry": { path: { flow_id: string; delivery_id: string }; answer: DeliveryAnswer };
  /** The fields of the deployed version, else of the newest published one */
  "GET /v1/flow/{flow_id}/form": { path: { flow_id: string }; answer: FlowForm };
  /** Start a run with what was filled in, and wait until it has ended or asks something */
  "POST /v1/flow/{flow_id}/form": { path: { flow_id: string }; body?: FilledIn | null; answer: CompletedRun | WaitingRun };
  /** Answer the request that this URL was sent with, once */
  "POST /v1/flowrun/callback/{token}": { path: { token: string }; body?: { [name: string]: Json }; answer: SettledCallback };
  /** What people who chat may know of a Peer */
  "GET /v1/peer/{peer_id}/card": { path: { peer_id: string }; answer: CardAnswer };
  /** Open the Peer to whoever holds the link */
  "POST /v1/peer/{peer_id}/link": { path: { peer_id: string }; body: NewPeerLink; answer: MadePeerLink };
  /** The public links of a Peer */
  "GET /v1/peer/{peer_id}/link": { path: { peer_id: string }; query?: { cursor?: string; limit?: number }; answer: PeerLinkList };
  /** Withdraw a link, at once */
  "DELETE /v1/peer/{peer_id}/link/{link_id}": { path: { peer_id: string; link_id: string }; answer: void };
  /** Come in by the public link of a Peer, as a visitor with conversations of one's own */
  "POST /v1/auth/visit": { body: VisitBody; answer: VisitAnswer };
  /** What people reported about the answers of this Peer */
  "GET /v1/peer/{peer_id}/report": { path: { peer_id: string }; query?: { status?: "open" | "closed"; cursor?: string; limit?: number }; answer: ReportPage };
  /** Mark a report as looked after */
  "POST /v1/peer/{peer_id}/report/{report_id}/close": { path: { peer_id: string; report_id: string }; body?: ReportClosing | null; answer: ReportAnswer };
  /** Make a Peer, and publish its version 1 */
  "POST /v1/peer": { body: PeerContent; answer: PeerAnswer };
  /** Peers, newest first */
  "GET /v1/peer": { query?: { search?: string; cursor?: string; limit?: number }; answer: PeerPage };
  /** One Peer */
  "GET /v1/peer/{peer_id}": { path: { peer_id: string }; answer: PeerAnswer | PeerSummary };
  /** Change the draft, or who may reach the Peer */
  "PATCH /v1/peer/{peer_id}": { path: { peer_id: string }; body: PeerChange; answer: PeerAnswer };
  /** Take the Peer away */
  "DELETE /v1/peer/{peer_id}": { path: { peer_id: string }; answer: void };
  /** Freeze the draft as the next version */
  "POST /v1/peer/{peer_id}/publish": { path: { peer_id: string }; body?: PeerPublication | null; answer: PeerVersionNumber };
  /** The published versions, newest first */
  "GET /v1/peer/{peer_id}/version": { path: { peer_id: string }; query?: { cursor?: string; limit?: number }; answer: PeerVersionList };
  /** One published version with its content */
  "GET /v1/peer/{peer_id}/version/{number}": { path: { peer_id: string; number: number }; answer: PeerVersionAnswer };
  /** How two states of the Peer differ, field by field */
  "GET /v1/peer/{peer_id}/diff": { path: { peer_id: string }; query?: { from?: "draft" | "latest" | number; to?: "draft" | "latest" | number }; answer: PeerDiff };
  /** Make a version the draft again */
  "POST /v1/peer/{peer_id}/version/{number}/restore": { path: { peer_id: string; number: number }; body?: Restoring | null; answer: RestoredPeer };
  /** Start a conversation with a Peer */
  "POST /v1/conversation": { body: NewConversation; answer: ConversationAnswer };
  /** One's conversations, pinned first, then newest first */
  "GET /v1/conversation": { query?: { search?: string; archived?: boolean; cursor?: string; limit?: number }; answer: ConversationPage };
  /** One conversation with the fold of all its events */
  "GET /v1/conversation/{conversation_id}": { path: { conversation_id: string }; answer: ConversationView };
  /** Rename, pin or archive */
  "PATCH /v1/conversation/{conversation_id}": { path: { conversation_id: string }; body: ConversationChange; answer: ConversationAnswer };
  /** Take the conversation away */
  "DELETE /v1/conversation/{conversation_id}": { path: { conversation_id: string }; query?: { permanently?: boolean }; answer: void };
  /** Undo a deletion */
  "POST /v1/conversation/{conversation_id}/restore": { path: { conversation_id: string }; answer: ConversationAnswer };
  /** The messages of the shown branch, oldest first, then the queued ones */
  "GET /v1/conversation/{conversation_id}/message": { path: { conversation_id: string }; query?: { cursor?: string; limit?: number }; answer: MessagePage };
  /** Send a message */
  "POST /v1/conversation/{conversation_id}/message": { path: { conversation_id: string }; body: NewMessage; answer: SentMessage };
  /** Run a flow that the Peer has attached as an action */
  "POST /v1/conversation/{conversation_id}/action": { path: { conversation_id: string }; body: NewAction; answer: StartedAction };
  /** Stop the running turn */
  "POST /v1/conversation/{conversation_id}/stop": { path: { conversation_id: string }; answer: StoppedTurn };
  /** The durable events after a seq, in order */
  "GET /v1/conversation/{conversation_id}/events": { path: { conversation_id: string }; query?: { afterSeq?: number; limit?: number }; answer: EventPage };
  /** The shown branch in Markdown, with tool calls, decisions, form answers and widgets */
  "GET /v1/conversation/{conversation_id}/export": { path: { conversation_id: string }; query?: { format?: "markdown" | "json" }; answer: void };
  /** What one may answer or is close to, newest first */
  "GET /v1/interrupt": { query?: { status?: InterruptStatus; runId?: string; conversationId?: string; cursor?: string; limit?: number }; answer: InterruptPage };
  /** One request, with its draft if it is a form */
  "GET /v1/interrupt/{interrupt_id}": { path: { interrupt_id: string }; answer: InterruptWithDraft };
  /** Answer a request */
  "POST /v1/interrupt/{interrupt_id}/resume": { path: { interrupt_id: string }; body?: { [name: string]: Json }; answer: DecisionAnswer };
  /** Take the request back */
  "POST /v1/interrupt/{interrupt_id}/withdraw": { path: { interrupt_id: string }; answer: InterruptAnswer };
  /** Keep half-typed values of a form on the server */
  "PUT /v1/interrupt/{interrupt_id}/draft": { path: { interrupt_id: string }; body: DraftChange; answer: KeptDraft };
  /** The scanners that are installed, with the schema of their settings */
  "GET /v1/guardrail/type": { answer: ScannerTypes };
  /** Let one scanner look at a text */
  "POST /v1/guardrail/test": { body: ScannerTrial; answer: ScannerTrialAnswer };
  /** The ready-made widgets */
  "GET /v1/widget": { answer: WidgetList };
  /** One widget with an example of its state */
  "GET /v1/widget/{widget_id}": { path: { widget_id: string }; answer: WidgetAnswer };
  /** Do in a shown widget what a click in it would do */
  "POST /v1/message-widget/{message_widget_id}/action": { path: { message_widget_id: string }; body: Act; answer: DoneInWidget };
  /** Make a link that lets anybody who has it download the file for a while */
  "POST /v1/file/{file_id}/link": { path: { file_id: string }; body?: NewFileLink | null; answer: FileLinkAnswer };
  /** The bytes behind a link, as an attachment */
  "GET /v1/file/link/{token}": { path: { token: string }; answer: void };
  /** What is known of a file */
  "GET /v1/file/{file_id}/info": { path: { file_id: string }; answer: FileAnswer };
  /** The bytes, always as an attachment */
  "GET /v1/file/{file_id}": { path: { file_id: string }; answer: void };
  /** Remove a file, and its bytes */
  "DELETE /v1/file/{file_id}": { path: { file_id: string }; answer: void };
}

/** What the operations answer that take files. */
export interface Transfers {
  /** Upload one file (multipart, field `file`) for a run of a shared flow */
  "POST /v1/flow/share/file/{token}": { answer: FileAnswer };
  /** Upload one file (multipart, field `file`) */
  "POST /v1/file": { answer: FileAnswer };
  /** Upload one file (multipart, field `file`) */
  "POST /v1/flow/file": { answer: FileAnswer };
  /** Upload one file (multipart, field `file`) for a run that an API key starts */
  "POST /v1/client/file": { answer: FileAnswer };
}
