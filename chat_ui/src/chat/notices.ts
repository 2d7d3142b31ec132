/** One notice per waiting request, however many tabs are open, and none for somebody who is looking. */
import { visibleText } from "~/cards/visible-text.ts";
import type { Api, OpenRequest } from "~/core/api.ts";
import { noticesOn } from "./notice-consent.ts";
import { go } from "./route.ts";

const KEY = "peer-server:told";
const KEPT = 100;
/** Tabs that are looked at go first: what they show needs no notice from the others. */
const HEAD_START_MS = 400;

/** Tells of every request that waits and that no tab has told of, if the person asked for it. `words` is the heading. */
export async function tellOfRequests(api: Api, words: string): Promise<void> {
  if (!noticesOn.get()) return;
  const isSeen = document.visibilityState === "visible";
  if (!isSeen) await new Promise((done) => setTimeout(done, HEAD_START_MS));
  const { items: open } = await api.call("GET /v1/interrupt", {
    query: { status: "open", limit: 50 },
  });
  const fresh = await once(open);
  if (isSeen) return;
  for (const request of fresh) show(request, words);
}

/** Those that no tab has claimed yet; claims them. */
function once(open: readonly OpenRequest[]): Promise<OpenRequest[]> {
  return navigator.locks.request(KEY, () => {
    const told = JSON.parse(localStorage.getItem(KEY) ?? "[]") as string[];
    const fresh = open.filter(({ interruptId }) => !told.includes(interruptId));
    const kept = [...told, ...fresh.map(({ interruptId }) => interruptId)].slice(-KEPT);
    localStorage.setItem(KEY, JSON.stringify(kept));
    return fresh;
  });
}

function show({ interruptId, conversationId, title }: OpenRequest, words: string): void {
  const body = title ? { body: visibleText(title) } : {};
  const notice = new Notification(words, { tag: interruptId, ...body });
  notice.addEventListener("click", () => {
    window.focus();
    notice.close();
    if (conversationId) go({ conversationId, interruptId });
  });
}
