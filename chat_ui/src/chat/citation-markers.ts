/** The `[1]` in the words of an answer: what opens the passage that it names. */
import type { Citation } from "~/protocol/wire.gen.ts";

const MARKER = /\[(\d{1,3})\]/g;
/** What is quoted or leads elsewhere already stays as it is. */
const KEPT = "code, pre, a, button";

/**
 * Puts a button in the place of every marker of these passages; others are words like any other. Idempotent.
 *
 * The chips below do the same for the keyboard, so the markers are not in its way.
 */
export function dressMarkers(
  box: Element,
  all: readonly Citation[],
  { name, open }: { name: (one: Citation) => string; open: (one: Citation) => void },
): void {
  const known = new Map(all.map((one) => [String(one.number), one]));
  for (const words of textsWithMarkers(box)) {
    const pieces: (string | Node)[] = [];
    let end = 0;
    for (const found of words.data.matchAll(MARKER)) {
      const one = known.get(found[1] ?? "");
      if (one === undefined) continue;
      pieces.push(words.data.slice(end, found.index), markerOf(one, name(one), open));
      end = found.index + found[0].length;
    }
    if (end > 0) words.replaceWith(...pieces, words.data.slice(end));
  }
}

function textsWithMarkers(box: Element): Text[] {
  const walker = box.ownerDocument.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode()) {
    const words = walker.currentNode as Text;
    if (words.data.includes("[") && words.parentElement?.closest(KEPT) === null) found.push(words);
  }
  return found;
}

function markerOf(one: Citation, name: string, open: (one: Citation) => void): HTMLButtonElement {
  const marker = document.createElement("button");
  marker.type = "button";
  marker.className = "citation-marker";
  marker.tabIndex = -1;
  marker.textContent = String(one.number);
  marker.setAttribute("aria-label", name);
  marker.setAttribute("aria-haspopup", "dialog");
  marker.addEventListener("click", () => open(one));
  return marker;
}
