/** What was sent but not yet acknowledged, per conversation: survives reloads, is sent again under the same id. */
import type { Part } from "~/protocol/wire.gen.ts";
import { createStore, type Readable, type Store } from "./store.ts";

/** A message on its way. */
export interface PendingMessage {
  clientMessageId: string;
  content: string | Part[];
  createdAt: string;
  state: "sending" | "failed";
  error?: { code: string; message: string };
}

/** Where the outbox is kept between reloads; `localStorage` fits. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Sends one pending message; rejects with an error that carries a `code` if the server refused it. */
export type Deliver = (message: PendingMessage) => Promise<void>;

/** Keeps the order of sending: one message at a time, the next only after the ack of the one before. */
export class Outbox {
  readonly pending: Readable<PendingMessage[]>;
  private readonly state: Store<PendingMessage[]>;
  private isDelivering = false;

  constructor(
    private readonly key: string,
    private readonly shelf: Shelf,
    private readonly deliver: Deliver,
  ) {
    this.state = createStore<PendingMessage[]>(read(shelf, key));
    this.pending = this.state;
  }

  /** Adds a message and sends it as soon as the way is free. Answers at once. */
  add(message: PendingMessage): void {
    this.keep([...this.state.get(), message]);
    void this.flush();
  }

  /** Sends all that waits, in order; call it whenever the connection is live again. Idempotent. */
  async flush(): Promise<void> {
    if (this.isDelivering) return;
    this.isDelivering = true;
    try {
      for (let next = this.next(); next !== undefined; next = this.next()) {
        const error = await this.deliver(next).then(
          () => null,
          (reason: unknown) => reason,
        );
        if (error === null) this.remove(next.clientMessageId);
        else if (isRefusal(error)) this.fail(next.clientMessageId, error);
        else return; // the way is cut: all stays as it is until the next flush
      }
    } finally {
      this.isDelivering = false;
    }
  }

  /** Tries a refused message again. */
  retry(clientMessageId: string): void {
    this.change(clientMessageId, ({ error: _, ...message }) => ({ ...message, state: "sending" }));
    void this.flush();
  }

  /** Forgets a message: acknowledged, seen in the log, or discarded by the person. */
  remove(clientMessageId: string): void {
    const pending = this.state.get();
    const rest = pending.filter((message) => message.clientMessageId !== clientMessageId);
    if (rest.length < pending.length) this.keep(rest);
  }

  private next(): PendingMessage | undefined {
    return this.state.get().find((message) => message.state === "sending");
  }

  private fail(clientMessageId: string, { code, message: text }: Refusal): void {
    this.change(clientMessageId, (message) => ({
      ...message,
      state: "failed",
      error: { code, message: text },
    }));
  }

  private change(
    clientMessageId: string,
    update: (message: PendingMessage) => PendingMessage,
  ): void {
    this.keep(
      this.state
        .get()
        .map((message) =>
          message.clientMessageId === clientMessageId ? update(message) : message,
        ),
    );
  }

  private keep(pending: PendingMessage[]): void {
    this.state.set(pending);
    if (pending.length === 0) this.shelf.removeItem(this.key);
    else this.shelf.setItem(this.key, JSON.stringify(pending));
  }
}

interface Refusal {
  code: string;
  message: string;
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

function read(shelf: Shelf, key: string): PendingMessage[] {
  try {
    return JSON.parse(shelf.getItem(key) ?? "[]") as PendingMessage[];
  } catch {
    return []; // another program wrote there; what it holds is not ours
  }
}
