/** A signed-in client: commands with their answers, conversations with their frames, client tools with their leases. */
import type { Ack, AnyCommand, AnyEvent, AnyServerFrame, Part } from "~/protocol/wire.gen.ts";
import { type ClientToolHandler, ClientTools } from "./client-tools.ts";
import { Conversation } from "./conversation.ts";
import { Outbox, type PendingMessage, type Shelf } from "./outbox.ts";
import { sentence } from "./sentence.ts";
import { type Connection, Socket, type SocketOptions } from "./socket.ts";
import { createStore, type Readable } from "./store.ts";

type WithoutId<C> = C extends AnyCommand ? Omit<C, "id"> : never;
/** A command before it is sent. */
export type Request = WithoutId<AnyCommand>;

/** Events that change a line in the list of conversations. */
const LISTED: ReadonlySet<AnyEvent["type"]> = new Set([
  "conversation.updated",
  "message.created",
  "interrupt.opened",
  "interrupt.settled",
]);

/** The server refused a command; the socket lives on. */
export class CommandFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details?: unknown,
    readonly remedy?: string,
  ) {
    super(sentence(message));
  }
}

/** The connection was lost before the answer came: nobody knows whether the command was done. */
export class ConnectionLost extends Error {
  /** Told in the reader's words like the errors of the server; a refusal it is not, so it has no code. */
  readonly isCut = true;
}

/** What a session needs beside the socket's own options. */
export interface SessionOptions extends SocketOptions {
  shelf: Shelf;
  newId?(): string;
  clientToolHandlers?: Record<string, ClientToolHandler>;
  /** Tools that run only after the person has agreed. */
  asksFirst?: ReadonlySet<string>;
}

/** An open conversation: watch `conversation.state`, send through `outbox`. */
export interface OpenConversation {
  conversation: Conversation;
  outbox: Outbox;
}

interface Waiting {
  resolve(ack: Ack): void;
  reject(error: Error): void;
}

/** One session per page; any number of conversations on its one socket. */
export class Session {
  readonly connection: Readable<Connection>;
  /** Open requests for this person over all conversations, as the server last said. */
  readonly inbox: Readable<number>;
  /** Counts what happened in open conversations that lists of conversations show too. */
  readonly news: Readable<number>;
  readonly clientTools: ClientTools;
  private readonly inboxStore = createStore(0);
  private readonly newsStore = createStore(0);
  private readonly socket: Socket;
  private readonly waiting = new Map<string, Waiting>();
  private readonly open = new Map<string, OpenConversation>();
  private readonly newId: () => string;

  constructor(private readonly options: SessionOptions) {
    this.newId = options.newId ?? (() => crypto.randomUUID());
    this.clientTools = new ClientTools(
      options.clientToolHandlers ?? {},
      options.asksFirst ?? new Set(),
      (request) => this.request(request),
    );
    const clientTools = this.clientTools.names.map((name) => ({ name }));
    this.socket = new Socket(
      { ...options, clientTools },
      (frame) => this.receive(frame),
      () => this.live(),
    );
    this.connection = this.socket.connection;
    this.inbox = this.inboxStore;
    this.news = this.newsStore;
    this.connection.watch(() => {
      if (this.connection.get().state !== "live") this.dropWaiting();
    });
  }

  /** Connects; also retries at once. */
  connect(): void {
    this.socket.connect();
  }

  /** Finds out now whether the server still answers, and connects anew if it does not. */
  check(): void {
    this.socket.check();
  }

  /** Signs off; nothing is lost, unsent messages stay in their outbox. */
  close(): void {
    this.socket.close();
    this.dropWaiting();
  }

  /**
   * Sends a command and waits for its answer; while a connection is being made, once that is decided.
   * Rejects with `CommandFailure` or `ConnectionLost`.
   */
  request(request: Request): Promise<Ack> {
    if (this.connection.get().state !== "connecting") return this.ask(request);
    return new Promise<void>((resolve) => {
      const stop = this.connection.watch(() => {
        if (this.connection.get().state === "connecting") return;
        stop();
        resolve();
      });
    }).then(() => this.ask(request));
  }

  /** Opens a conversation and keeps it current over every reconnection, until `leave`. Idempotent. */
  enter(conversationId: string): OpenConversation {
    const known = this.open.get(conversationId);
    if (known !== undefined) return known;
    const conversation = new Conversation(conversationId, {
      resync: (afterSeq, epoch) => void this.resync(conversationId, afterSeq, epoch),
      offered: (interrupt) => void this.clientTools.offered(interrupt),
    });
    const outbox = new Outbox(
      `peer-server:outbox:${conversationId}`,
      this.options.shelf,
      (message) => this.deliver(conversationId, message),
    );
    const entry = { conversation, outbox };
    this.open.set(conversationId, entry);
    if (this.connection.get().state === "live") this.bring(entry);
    return entry;
  }

  /** Stops following a conversation. */
  leave(conversationId: string): void {
    if (this.open.delete(conversationId)) {
      void this.request({ type: "conversation.close", conversationId }).catch(() => undefined);
    }
  }

  /** Puts a message into the conversation's outbox; it is shown at once and sent when the way is free. */
  send(conversationId: string, content: string | Part[]): void {
    const { outbox } = this.enter(conversationId);
    outbox.add({
      clientMessageId: this.newId(),
      content,
      createdAt: new Date().toISOString(),
      state: "sending",
    });
  }

  private ask(request: Request): Promise<Ack> {
    const id = this.newId();
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      if (this.socket.send({ ...request, id } as AnyCommand)) return;
      this.waiting.delete(id);
      reject(new ConnectionLost("not connected"));
    });
  }

  private async deliver(conversationId: string, message: PendingMessage): Promise<void> {
    const { clientMessageId, content } = message;
    await this.request({ type: "message.send", conversationId, clientMessageId, content });
  }

  private live(): void {
    for (const entry of this.open.values()) this.bring(entry);
  }

  private bring({ conversation, outbox }: OpenConversation): void {
    conversation.resume();
    void outbox.flush();
  }

  private async resync(
    conversationId: string,
    afterSeq: number,
    epoch: string | null,
  ): Promise<void> {
    const since = epoch === null ? { afterSeq } : { afterSeq, epoch };
    try {
      const ack = await this.request({ type: "conversation.open", conversationId, ...since });
      if (ack.epoch !== undefined) this.open.get(conversationId)?.conversation.opened(ack.epoch);
    } catch (error) {
      if (!(error instanceof CommandFailure)) return; // the next connection opens it again
      this.open.get(conversationId)?.conversation.refused(error.message);
    }
  }

  private receive(frame: AnyServerFrame): void {
    switch (frame.type) {
      case "ack":
        this.waiting.get(frame.id)?.resolve(frame);
        this.waiting.delete(frame.id);
        return;
      case "error": {
        if (frame.id === undefined) return;
        const failure = new CommandFailure(frame.code, frame.message, frame.details, frame.remedy);
        this.waiting.get(frame.id)?.reject(failure);
        this.waiting.delete(frame.id);
        return;
      }
      case "inbox.updated":
        return this.inboxStore.set(frame.open);
      default: {
        const entry = this.open.get(frame.conversationId);
        if (entry === undefined) return;
        const wasLoaded = entry.conversation.state.get().isLoaded;
        entry.conversation.receive(frame);
        if (frame.type === "event") this.heard(frame.event, entry, wasLoaded);
      }
    }
  }

  private heard(event: AnyEvent, { outbox }: OpenConversation, isNew: boolean): void {
    if (event.type === "message.created" && event.clientMessageId !== undefined)
      outbox.remove(event.clientMessageId);
    if (isNew && LISTED.has(event.type)) this.newsStore.set((count) => count + 1);
  }

  private dropWaiting(): void {
    for (const { reject } of this.waiting.values())
      reject(new ConnectionLost("the connection was lost"));
    this.waiting.clear();
  }
}
