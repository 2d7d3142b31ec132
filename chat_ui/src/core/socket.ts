/** One WebSocket that comes back by itself: connects, says hello, retries with growing pauses, and tells how it stands. */
import {
  type AnyCommand,
  type AnyServerFrame,
  type ClientTool,
  type Hello,
  SUBPROTOCOL,
} from "~/protocol/wire.gen.ts";
import { createStore, type Readable, type Store } from "./store.ts";

/** What signs a socket in: a ticket for browsers, a token for others. */
export type Credentials = { ticket: string } | { token: string };

/** How the way to the server stands. `signedOut` needs a person; all others mend themselves. */
export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "reconnecting"; retryAtMs: number }
  | { state: "signedOut" }
  | { state: "closed" };

/** The part of the browser's WebSocket that is used here. */
export interface SocketLike {
  send(data: string): void;
  close(code?: number): void;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number }) => void): void;
}

/** Where to connect, as whom, and the outside world (replaced in tests). */
export interface SocketOptions {
  url: string;
  /** Asked anew for each connection; throwing `SignedOutError` ends the retries. */
  credentials(): Promise<Credentials>;
  clientTools?: ClientTool[];
  locale?: string;
  timeZone?: string;
  create?(url: string, protocol: string): SocketLike;
  setTimer?(run: () => void, ms: number): () => void;
  now?(): number;
  random?(): number;
}

/** The server no longer knows who this is. */
export class SignedOutError extends Error {}

/** Close codes of the server that end the retries or shorten the pause. */
export const CLOSE_SIGNED_OUT = 4401;
export const CLOSE_RESUME_LATER = 4008;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
const QUIET_MS = 25_000;
const ANSWER_MS = 10_000;
const SOON_MS = 2500;
const PING: AnyCommand = { id: "beat", type: "ping" };

/** A socket with a life longer than its connections. */
export class Socket {
  readonly connection: Readable<Connection>;
  private readonly state: Store<Connection>;
  private current: SocketLike | null = null;
  private pauseMs = FIRST_PAUSE_MS;
  private stopTimer: (() => void) | null = null;
  private stopHeartbeat: (() => void) | null = null;
  private helloId = 0;
  private isHeard = false;

  constructor(
    private readonly options: SocketOptions,
    private readonly onFrame: (frame: AnyServerFrame) => void,
    private readonly onLive: () => void,
  ) {
    this.state = createStore<Connection>({ state: "connecting" });
    this.connection = this.state;
  }

  /** Connects now; also the "retry now" of a banner. Does nothing while a connection lives. */
  connect(): void {
    if (this.current !== null) return;
    this.stopTimer?.();
    this.stopTimer = null;
    this.state.set({ state: "connecting" });
    this.options.credentials().then(
      (credentials) => this.dial(credentials),
      (error: unknown) =>
        error instanceof SignedOutError ? this.state.set({ state: "signedOut" }) : this.retry(),
    );
  }

  /** Finds out now whether the server still answers: after a sleep, or when the network comes or goes. */
  check(): void {
    if (this.current === null) return this.connect();
    if (!this.send(PING)) return;
    this.stopHeartbeat?.();
    this.listen(SOON_MS);
  }

  /** Sends a frame if the connection is live. */
  send(command: AnyCommand): boolean {
    if (this.current === null || this.state.get().state !== "live") return false;
    this.current.send(JSON.stringify(command));
    return true;
  }

  /** Ends for good. */
  close(): void {
    this.stopTimer?.();
    this.stopHeartbeat?.();
    this.state.set({ state: "closed" });
    const socket = this.current;
    this.current = null;
    socket?.close(1000);
  }

  private dial(credentials: Credentials): void {
    if (this.state.get().state === "closed" || this.current !== null) return;
    const create =
      this.options.create ??
      ((url: string, protocol: string) => new WebSocket(url, protocol) as SocketLike);
    const socket = create(this.options.url, SUBPROTOCOL);
    this.current = socket;
    const id = `hello-${++this.helloId}`;
    socket.addEventListener("open", () => socket.send(JSON.stringify(this.hello(id, credentials))));
    socket.addEventListener("message", (event) => {
      if (this.current === socket)
        this.receive(JSON.parse(String(event.data)) as AnyServerFrame, id);
    });
    socket.addEventListener("close", (event) => {
      if (this.current !== socket) return;
      this.current = null;
      this.stopHeartbeat?.();
      if (event.code === CLOSE_SIGNED_OUT) this.state.set({ state: "signedOut" });
      else this.retry();
    });
  }

  private hello(id: string, credentials: Credentials): Hello {
    const { clientTools, locale, timeZone } = this.options;
    return {
      id,
      type: "hello",
      ...credentials,
      ...(clientTools === undefined ? {} : { clientTools }),
      ...(locale === undefined ? {} : { locale }),
      ...(timeZone === undefined ? {} : { timeZone }),
    };
  }

  private receive(frame: AnyServerFrame, helloId: string): void {
    this.isHeard = true;
    if (frame.type === "ack" && frame.id === helloId) {
      this.pauseMs = FIRST_PAUSE_MS;
      this.state.set({ state: "live" });
      this.beat();
      this.onLive();
    }
    this.onFrame(frame);
  }

  private beat(): void {
    this.stopHeartbeat = this.setTimer(() => {
      if (this.send(PING)) this.listen(ANSWER_MS);
    }, QUIET_MS);
  }

  /** A way that swallows what is sent is cut, whatever the browser believes. */
  private listen(patienceMs: number): void {
    this.isHeard = false;
    this.stopHeartbeat = this.setTimer(() => {
      if (this.isHeard) return this.beat();
      const deaf = this.current;
      this.current = null;
      this.retry();
      deaf?.close();
    }, patienceMs);
  }

  private retry(): void {
    const jitter = 0.5 + (this.options.random ?? Math.random)() / 2;
    const waitMs = Math.round(this.pauseMs * jitter);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
    this.state.set({ state: "reconnecting", retryAtMs: (this.options.now ?? Date.now)() + waitMs });
    this.stopTimer = this.setTimer(() => this.connect(), waitMs);
  }

  private setTimer(run: () => void, ms: number): () => void {
    if (this.options.setTimer !== undefined) return this.options.setTimer(run, ms);
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  }
}
