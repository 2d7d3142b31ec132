/** What is written but not sent, per conversation; kept in this browser over reloads. */
import { createStore, type Store } from "~/core/store.ts";

const drafts = new Map<string, Store<string>>();

/** The same store for the same conversation. */
export function draftOf(conversationId: string): Store<string> {
  const known = drafts.get(conversationId);
  if (known !== undefined) return known;
  const key = `peer-server:draft:${conversationId}`;
  const draft = createStore(localStorage.getItem(key) ?? "");
  draft.watch(() => {
    if (draft.get() === "") localStorage.removeItem(key);
    else localStorage.setItem(key, draft.get());
  });
  drafts.set(conversationId, draft);
  return draft;
}

/** `words` as a Markdown quotation after what is written already, with an empty line to go on. */
export function withQuote(draft: string, words: string): string {
  const quoted = words.trim().replaceAll(/^/gm, "> ");
  return `${draft.trim() === "" ? "" : `${draft.trimEnd()}\n\n`}${quoted}\n\n`;
}
