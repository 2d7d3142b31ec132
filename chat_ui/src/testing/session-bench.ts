/** A session on a bench: its server is made of plain objects, its timers and ids are the test's. */
import type { AnyCommand, AnyServerFrame } from "~/protocol/wire.gen.ts";
import { Session, type SessionOptions } from "~/core/session.ts";
import type { SocketLike } from "~/core/socket.ts";

/** The server's end: what arrived, and the means to answer or hang up. */
export class FakeSocket implements SocketLike {
  readonly sent: AnyCommand[] = [];
  private readonly listeners: Record<string, ((event: never) => void)[]> = {};

  addEventListener(type: string, listener: (event: never) => void): void {
    (this.listeners[type] ??= []).push(listener);
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data) as AnyCommand);
  }

  close(): void {}

  emit(type: "open" | "message" | "close", event: unknown = {}): void {
    for (const listener of this.listeners[type] ?? []) listener(event as never);
  }

  frame(frame: AnyServerFrame): void {
    this.emit("message", { data: JSON.stringify(frame) });
  }

  last<T extends AnyCommand["type"]>(type: T): Extract<AnyCommand, { type: T }> {
    const found = this.sent.findLast((command) => command.type === type);
    if (found === undefined) throw new Error(`nothing of type ${type} was sent`);
    return found as Extract<AnyCommand, { type: T }>;
  }
}

/** Lets every promise that can go on go on. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

/** One client, however many connections. */
export class Bench {
  readonly sockets: FakeSocket[] = [];
  readonly timers: (() => void)[] = [];
  readonly kept: Map<string, string> = new Map();
  readonly calls: unknown[] = [];
  session: Session;
  private count = 0;

  constructor(private readonly change: Partial<SessionOptions> = {}) {
    this.session = this.start();
  }

  start(): Session {
    return new Session({
      url: "ws://test",
      credentials: () => Promise.resolve({ ticket: "t" }),
      shelf: {
        getItem: (key) => this.kept.get(key) ?? null,
        setItem: (key, value) => void this.kept.set(key, value),
        removeItem: (key) => void this.kept.delete(key),
      },
      newId: () => `id${++this.count}`,
      create: () => {
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return socket;
      },
      setTimer: (run) => {
        this.timers.push(run);
        return () => undefined;
      },
      random: () => 0,
      now: () => 1000,
      ...this.change,
      clientToolHandlers: {
        locate: (parameters) => {
          this.calls.push(parameters);
          return Promise.resolve({ lat: 52.5 });
        },
      },
    });
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  async goLive(): Promise<void> {
    this.session.connect();
    await settle();
    this.socket.emit("open");
    this.socket.frame({ type: "ack", id: this.socket.last("hello").id });
    await settle();
  }
}
