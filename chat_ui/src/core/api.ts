/** The REST side of the client: signing in, Peers, the list of conversations, files. JSON in, JSON out. */
import type {
  Ability,
  CardAnswer,
  ConversationAnswer,
  ConversationChange,
  ListedInterrupt,
  Problem,
  Transfers,
} from "~/protocol/api.gen.ts";
import type { Actor, FilePart, Json } from "~/protocol/wire.gen.ts";
import type { Answer, AnyParts, Operation, Sent } from "./request.ts";
import { sentence } from "./sentence.ts";
import { type Credentials, SignedOutError } from "./socket.ts";

/** The server refused a request: RFC 9457 problem details. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details?: Json,
  ) {
    super(sentence(message));
  }
}

/** A flow that a Peer may use, in plain words. */
export type PeerAbility = Ability;

/** A Peer as people who chat see it; lists know less of it than its card. */
export type PeerCard = Pick<CardAnswer, "id" | "name"> & Partial<CardAnswer>;

/** One line of the list of conversations. */
export type ConversationRow = Pick<
  ConversationAnswer,
  | "id"
  | "peerId"
  | "peerName"
  | "title"
  | "pinned"
  | "archived"
  | "preview"
  | "openInterrupts"
  | "lastSeq"
  | "updatedAt"
>;

/** Something that waits for an answer, somewhere; without a conversation for a run outside of them. */
export type OpenRequest = Pick<ListedInterrupt, "interruptId" | "conversationId" | "title">;

/** One page of a list. */
export interface Page<T> {
  items: T[];
  nextCursor?: string | null;
}

/** Calls the server at `base` ("" for the page's own origin), with the session's cookie, which browsers send to their own origin only, or a token. */
export class Api {
  constructor(
    readonly base: string,
    private readonly token?: string,
  ) {}

  /** Who is signed in. Rejects with a 401 `ApiProblem` if nobody is. */
  me(): Promise<Actor> {
    return this.call("GET /v1/me");
  }

  /** Exchanges the one-time code of a sign-in link for a session. */
  signIn(code: string): Promise<Actor> {
    return this.call("POST /v1/auth/sign-in", { body: { code } });
  }

  /** Comes in as a visitor by the public link of a Peer. */
  visit(token: string): Promise<Actor> {
    return this.call("POST /v1/auth/visit", { body: { token } });
  }

  /** What signs a socket in. Rejects with `SignedOutError` when the session is over. */
  async socketCredentials(): Promise<Credentials> {
    if (this.token !== undefined) return { token: this.token };
    try {
      return { ticket: (await this.call("POST /v1/auth/ticket")).ticket };
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401)
        throw new SignedOutError(error.message);
      throw error;
    }
  }

  /** Peers that this person may talk to. */
  async peers(): Promise<PeerCard[]> {
    return (await this.call("GET /v1/peer", { query: { limit: 100 } })).items;
  }

  /** One Peer, with what it can do. */
  peer(id: string): Promise<PeerCard> {
    return this.call("GET /v1/peer/{peer_id}/card", { path: { peer_id: id } });
  }

  /** Starts a conversation. */
  startConversation(peerId: string): Promise<ConversationRow> {
    return this.call("POST /v1/conversation", { body: { peerId } });
  }

  /** Conversations, pinned first, then newest first. */
  conversations(options: {
    search?: string;
    archived?: boolean;
    cursor?: string;
  }): Promise<Page<ConversationRow>> {
    return this.call("GET /v1/conversation", { query: { limit: 30, ...options } });
  }

  /** The conversation with this Peer that was begun and never used, else a new one. */
  async freshConversation(peerId: string): Promise<ConversationRow> {
    const { items } = await this.conversations({});
    const isFresh = (row: ConversationRow): boolean =>
      row.peerId === peerId && row.lastSeq === 0 && !row.preview;
    return items.find(isFresh) ?? this.startConversation(peerId);
  }

  /** Whose conversation it is. */
  conversation(id: string): Promise<Pick<ConversationRow, "peerId">> {
    return this.call("GET /v1/conversation/{conversation_id}", at(id));
  }

  /** Renames, pins or archives. */
  changeConversation(id: string, change: ConversationChange): Promise<unknown> {
    return this.call("PATCH /v1/conversation/{conversation_id}", { ...at(id), body: change });
  }

  /** Deletes; `restoreConversation` undoes it. */
  deleteConversation(id: string): Promise<unknown> {
    return this.call("DELETE /v1/conversation/{conversation_id}", at(id));
  }

  /** Takes a deletion back. */
  restoreConversation(id: string): Promise<unknown> {
    return this.call("POST /v1/conversation/{conversation_id}/restore", at(id));
  }

  /** The address of an uploaded file. */
  fileUrl(fileId: string): string {
    return `${this.base}/v1/file/${encodeURIComponent(fileId)}`;
  }

  /** What is known of an uploaded file. */
  file(fileId: string): Promise<{ name: string }> {
    return this.call("GET /v1/file/{file_id}/info", { path: { file_id: fileId } });
  }

  /** Uploads a file; `onProgress` hears of the share that is through, 0 to 1. */
  upload(
    file: File,
    options: { onProgress?: (share: number) => void; signal?: AbortSignal } = {},
  ): Promise<FilePart> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(); // fetch tells nothing of the progress of an upload
      request.open("POST", `${this.base}/v1/file`);
      if (this.token !== undefined)
        request.setRequestHeader("authorization", `Bearer ${this.token}`);
      request.upload.addEventListener("progress", (event) =>
        options.onProgress?.(event.loaded / event.total),
      );
      request.addEventListener("load", () => {
        if (request.status >= 400) return reject(problemOf(request.status, request.responseText));
        const stored = JSON.parse(request.responseText) as Transfers["POST /v1/file"]["answer"];
        const { id, name, mime, size } = stored;
        resolve({ type: "file", fileId: id, name, mime, size });
      });
      request.addEventListener("error", () =>
        reject(new ApiProblem(0, "upload_interrupted", "The upload was interrupted.")),
      );
      request.addEventListener("abort", () =>
        reject(new ApiProblem(0, "cancelled", "The upload was cancelled.")),
      );
      options.signal?.addEventListener("abort", () => request.abort());
      const form = new FormData();
      form.append("file", file);
      request.send(form);
    });
  }

  /** One request. Rejects with an `ApiProblem` that says why it was refused. */
  async call<O extends Operation>(operation: O, ...sent: Sent<O>): Promise<Answer<O>> {
    const parts = (sent[0] ?? {}) as AnyParts; // numbers in a query become text by themselves
    const [method, template] = operation.split(" ") as [string, string];
    const target = template.replace(/{(\w+)}/g, (_, name) =>
      encodeURIComponent(parts.path![name]!),
    );
    const search = parts.query ? `?${new URLSearchParams(parts.query)}` : "";
    const headers: Record<string, string> = {};
    if (this.token !== undefined) headers["authorization"] = `Bearer ${this.token}`;
    const init: RequestInit = { method, headers };
    if (parts.body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(parts.body);
    }
    const response = await fetch(this.base + target + search, init).catch(() => {
      throw new ApiProblem(0, "network", "the server cannot be reached"); // each browser has words of its own
    });
    const text = await response.text();
    if (!response.ok) throw problemOf(response.status, text);
    return (text === "" ? undefined : JSON.parse(text)) as Answer<O>;
  }
}

function at(id: string): { path: { conversation_id: string } } {
  return { path: { conversation_id: id } };
}

function problemOf(status: number, text: string): ApiProblem {
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    return new ApiProblem(
      status,
      problem.code ?? "unknown",
      problem.detail ?? text,
      problem.details,
    );
  } catch {
    return new ApiProblem(status, "unknown", `The server answered ${status}.`);
  }
}
