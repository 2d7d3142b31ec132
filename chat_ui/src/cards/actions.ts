/** What a card may do: the seam between cards and whatever carries their answers. */
import type { FilePart, Json } from "~/protocol/wire.gen.ts";

/** A JSON object: the values of a form, a resolution. */
export type JsonObject = { [name: string]: Json };

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
  /** Lets this browser execute the tool that a flow asks for; absent where the page offers no tools. */
  runClientTool?(interruptId: string): void;
  /** Scrolls to the card of a request and gives it the focus. */
  focusCard(interruptId: string): void;
}

/** The id that the card of a request has in the page. */
export function cardId(interruptId: string): string {
  return `request-${interruptId}`;
}
