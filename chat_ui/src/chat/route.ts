/** Where the reader is, kept in the address: `#/c/<conversation>`, then `/<message>` or `/request/<request>`. */
import { createStore, type Readable } from "~/core/store.ts";

/** The place shown; without a conversation it is the start. */
export interface Place {
  conversationId?: string;
  messageId?: string;
  /** The request whose card is looked for. */
  interruptId?: string;
}

const store = createStore<Place>(read());
window.addEventListener("hashchange", () => store.set(read()));

/** The place in the address bar. */
export const place: Readable<Place> = store;

/** Goes there; `replace` leaves no entry in the history. */
export function go(to: Place, { replace = false }: { replace?: boolean } = {}): void {
  history[replace ? "replaceState" : "pushState"](null, "", fragmentOf(to));
  store.set(to);
}

/** The address that leads there, to be given to others. */
export function addressOf(to: Place): string {
  return new URL(fragmentOf(to), location.href).href;
}

function fragmentOf({ conversationId, messageId, interruptId }: Place): string {
  if (conversationId === undefined) return "#/";
  const within = interruptId === undefined ? messageId : `request/${interruptId}`;
  return `#/c/${conversationId}${within === undefined ? "" : `/${within}`}`;
}

function read(): Place {
  const [, kind, conversationId, messageId, interruptId] = location.hash.split("/");
  if (kind !== "c" || !conversationId) return {};
  if (messageId === "request" && interruptId) return { conversationId, interruptId };
  return messageId ? { conversationId, messageId } : { conversationId };
}
