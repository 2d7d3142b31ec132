/** Leads to the card that the address points at, as soon as it is drawn: cards are fetched with the first of them. */
import { useEffect, type RefObject } from "react";

/** Calls `arrive` once, when the card of this request is inside the element. */
export function useCardArrival(
  pane: RefObject<HTMLElement | null>,
  interruptId: string | undefined,
  arrive: (interruptId: string) => void,
): void {
  useEffect(() => {
    const element = pane.current;
    if (interruptId === undefined || element === null) return;
    const look = (): void => {
      if (element.querySelector(`#request-${CSS.escape(interruptId)}:not([aria-busy])`) === null)
        return;
      observer.disconnect();
      arrive(interruptId);
    };
    const observer = new MutationObserver(look);
    observer.observe(element, { childList: true, subtree: true });
    look();
    return () => observer.disconnect();
  }, [pane, interruptId, arrive]);
}
