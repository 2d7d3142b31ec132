/** The REST side of the client: signing in, Peers, the list of conversations, files. JSON in, JSON out. */
import type { Actor, FilePart, Json } from "~/protocol/wire.gen.ts";
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
export interface PeerAbility {
  id: string;
  as: "tool" | "action" | "message";
  name: string;
  description: string;
  inputs: { [name: string]: Json };
}

/** A Peer as people who chat see it. */
export interface PeerCard {
  id: string;
  name: string;
  description?: string;
  greeting?: string;
  starters?: string[];
  version?: number;
  model?: string;
  /** Whether the scripted model answers: no AI. */
  isScripted?: boolean;
  abilities?: PeerAbility[];
}

/** One line of the list of conversations. */
export interface ConversationRow {
  id: string;
  peerId: string;
  peerName: string;
  title: string | null;
  pinned: boolean;
  archived: boolean;
  /** Whether it talks to a draft of the Peer. */
  preview: boolean;
  openInterrupts: number;
  /** 0 as long as nothing happened in it. */
  lastSeq: number;
  updatedAt: string;
}

/** Something that waits for an answer, somewhere. */
export interface OpenRequest {
  interruptId: string;
  /** Absent for a run outside of conversations. */
  conversationId?: string;
  title?: string;
}

/** One page of a list. */
export interface Page<T> {
  items: T[];
  nextCursor?: string | null;
}

type Body = { [name: string]: Json | undefined };

/** Calls the server at `base` ("" for the page's own origin), with the session's cookie or a token. */
export class Api {
  constructor(
    readonly base: string,
    private readonly token?: string,
  ) {}

  /** Who is signed in. Rejects with a 401 `ApiProblem` if nobody is. */
  me(): Promise<Actor> {
    return this.call("GET", "/v1/me");
  }

  /** Exchanges the one-time code of a sign-in link for a session. */
  signIn(code: string): Promise<Actor> {
    return this.call("POST", "/v1/auth/sign-in", { code });
  }

  /** Comes in as a visitor by the public link of a Peer. */
  visit(token: string): Promise<Actor> {
    return this.call("POST", "/v1/auth/visit", { token });
  }

  /** Ends the session. */
  signOut(): Promise<void> {
    return this.call("POST", "/v1/auth/sign-out", {});
  }

  /** What signs a socket in. Rejects with `SignedOutError` when the session is over. */
  async socketCredentials(): Promise<Credentials> {
    if (this.token !== undefined) return { token: this.token };
    try {
      return {
        ticket: (await this.call<{ ticket: string }>("POST", "/v1/auth/ticket", {})).ticket,
      };
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401)
        throw new SignedOutError(error.message);
      throw error;
    }
  }

  /** Peers that this person may talk to. */
  async peers(): Promise<PeerCard[]> {
    return (await this.call<Page<PeerCard>>("GET", "/v1/peer?limit=100")).items;
  }

  /** One Peer, with what it can do. */
  peer(id: string): Promise<PeerCard> {
    return this.call("GET", `/v1/peer/${encodeURIComponent(id)}/card`);
  }

  /** Starts a conversation. */
  startConversation(peerId: string): Promise<ConversationRow> {
    return this.call("POST", "/v1/conversation", { peerId });
  }

  /** Conversations, pinned first, then newest first. */
  conversations(options: {
    search?: string;
    archived?: boolean;
    cursor?: string;
  }): Promise<Page<ConversationRow>> {
    const query = new URLSearchParams({ limit: "30" });
    if (options.search) query.set("search", options.search);
    if (options.archived) query.set("archived", "true");
    if (options.cursor) query.set("cursor", options.cursor);
    return this.call("GET", `/v1/conversation?${query}`);
  }

  /** The conversation with this Peer that was begun and never used, else a new one. */
  async freshConversation(peerId: string): Promise<ConversationRow> {
    const { items } = await this.conversations({});
    const isFresh = (row: ConversationRow): boolean =>
      row.peerId === peerId && row.lastSeq === 0 && !row.preview;
    return items.find(isFresh) ?? this.startConversation(peerId);
  }

  /** One line of the list. */
  conversation(id: string): Promise<ConversationRow> {
    return this.call("GET", `/v1/conversation/${encodeURIComponent(id)}`);
  }

  /** Renames, pins or archives. */
  changeConversation(
    id: string,
    change: { title?: string; pinned?: boolean; archived?: boolean },
  ): Promise<void> {
    return this.call("PATCH", `/v1/conversation/${encodeURIComponent(id)}`, change);
  }

  /** Deletes; `restoreConversation` undoes it. */
  deleteConversation(id: string): Promise<void> {
    return this.call("DELETE", `/v1/conversation/${encodeURIComponent(id)}`);
  }

  /** Takes a deletion back. */
  restoreConversation(id: string): Promise<void> {
    return this.call("POST", `/v1/conversation/${encodeURIComponent(id)}/restore`, {});
  }

  /** The newest requests that this person may answer. */
  async openRequests(): Promise<OpenRequest[]> {
    const path = "/v1/interrupt?status=open&limit=50";
    return (await this.call<Page<OpenRequest>>("GET", path)).items;
  }

  /** The address of an uploaded file. */
  fileUrl(fileId: string): string {
    return `${this.base}/v1/file/${encodeURIComponent(fileId)}`;
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
        const { id, name, mime, size } = JSON.parse(request.responseText) as Stored;
        resolve({ type: "file", fileId: id, name, mime, size });
      });
      request.addEventListener("error", () =>
        reject(new ApiProblem(0, "network", "The upload was interrupted.")),
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
  async call<T>(method: string, path: string, body?: Body): Promise<T> {
    const headers: Record<string, string> = {};
    if (this.token !== undefined) headers["authorization"] = `Bearer ${this.token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const init: RequestInit = { method, headers, credentials: "same-origin" };
    if (body !== undefined) init.body = JSON.stringify(body);
    const response = await fetch(this.base + path, init).catch(() => {
      throw new ApiProblem(0, "network", "the server cannot be reached"); // each browser has words of its own
    });
    const text = await response.text();
    if (!response.ok) throw problemOf(response.status, text);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

interface Stored {
  id: string;
  name: string;
  mime: string;
  size: number;
}

function problemOf(status: number, text: string): ApiProblem {
  try {
    const problem = JSON.parse(text) as {
      code?: string;
      detail?: string;
      title?: string;
      details?: Json;
    };
    return new ApiProblem(
      status,
      problem.code ?? "unknown",
      problem.detail ?? problem.title ?? text,
      problem.details,
    );
  } catch {
    return new ApiProblem(status, "unknown", `The server answered ${status}.`);
  }
}
