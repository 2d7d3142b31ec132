/** Marks what was found where it is drawn, by the browser's own highlights: nothing in the messages changes. */
import { useEffect, type RefObject } from "react";
import { placesOf } from "./find.ts";

const NAME = "found";

/** Follows the transcript beside `near`, as long as the component lives. */
export function useFoundPlaces(near: RefObject<HTMLElement | null>, words: string): void {
  useEffect(() => {
    const transcript = near.current?.closest(".pane")?.querySelector(".transcript-column");
    if (typeof Highlight === "undefined" || !transcript) return;
    let frame = 0;
    const mark = (): void => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const messages = transcript.querySelectorAll("[data-message]");
        CSS.highlights.set(NAME, new Highlight(...placesOf(words, messages)));
      });
    };
    mark();
    const drawn = new MutationObserver(mark); // messages are drawn as the reader comes to them
    drawn.observe(transcript, { childList: true, subtree: true, characterData: true });
    return () => {
      cancelAnimationFrame(frame);
      drawn.disconnect();
      CSS.highlights.delete(NAME);
    };
  }, [near, words]);
}
