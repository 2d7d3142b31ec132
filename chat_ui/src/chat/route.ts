/** Where the reader is, kept in the address: `#/c/<conversation>` and `#/c/<conversation>/<message>`. */
import { createStore, type Readable } from "~/core/store.ts";

/** The place shown; without a conversation it is the start. */
export interface Place {
  conversationId?: string;
  messageId?: string;
}

const store = createStore<Place>(read());
window.addEventListener("hashchange", () => store.set(read()));

/** The place in the address bar. */
export const place: Readable<Place> = store;

/** Goes there; `replace` leaves no entry in the history. */
export function go(to: Place, { replace = false }: { replace?: boolean } = {}): void {
  const path = [to.conversationId && "c", to.conversationId, to.messageId]
    .filter(Boolean)
    .join("/");
  history[replace ? "replaceState" : "pushState"](null, "", `#/${path}`);
  store.set(to);
}

function read(): Place {
  const [, kind, conversationId, messageId] = location.hash.split("/");
  if (kind !== "c" || !conversationId) return {};
  return messageId ? { conversationId, messageId } : { conversationId };
}
