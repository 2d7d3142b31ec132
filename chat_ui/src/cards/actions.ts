/** What a card may do: the seam between cards and whatever carries their answers. */
import type { ToolOffer } from "~/core/client-tools.ts";
import type { FilePart, Json } from "~/protocol/wire.gen.ts";

/** A JSON object: the values of a form, a resolution. */
export type JsonObject = { [name: string]: Json };

/** An uploaded file that a card may show. */
export interface StoredFile {
  readonly name: string;
  readonly url: string;
}

/**
 * The page gives one of these to every card, the same object for as long as the conversation is the same.
 * Promises reject with an `Error` that carries the server's `code` if it refused, or with one without a code if the way was cut.
 */
export interface CardActions {
  /** Answers a request. Resolves when the answer is on disk; the same answer twice is the same as once. */
  resume(interruptId: string, resolution: JsonObject): Promise<void>;
  /** Takes a request back: it is cancelled, and its run with it. */
  withdraw(interruptId: string): Promise<void>;
  /** Saves half-typed values over revision `rev`; resolves with the new revision, rejects with `stale_draft` if somebody was faster. */
  saveDraft(interruptId: string, values: JsonObject, rev: number, page?: number): Promise<number>;
  /** Uploads a file; `onProgress` hears of the share that is through, 0 to 1. */
  upload(file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<FilePart>;
  /** What is known of an uploaded file, and where it can be downloaded. Absent: a card says only that there is one. */
  fileOf?(fileId: string): Promise<StoredFile>;
  /** How this page stands to a client tool. Absent: it runs what it offers without asking. */
  offersTool?(toolName: string): ToolOffer;
  /** Executes the tool that a flow asks for in this browser. Resolves when the result is sent, or another tab has the call. */
  runClientTool?(interruptId: string): Promise<void>;
  /** Answers that the person does not want it. */
  declineClientTool?(interruptId: string): Promise<void>;
  /** Scrolls to the card of a request and gives it the focus. */
  focusCard(interruptId: string): void;
}

/** The id that the card of a request has in the page. */
export function cardId(interruptId: string): string {
  return `request-${interruptId}`;
}
