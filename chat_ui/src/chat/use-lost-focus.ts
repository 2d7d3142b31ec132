/** Where the keyboard goes when the button that was pressed is no longer there. */
import { useEffect, type RefObject } from "react";

/** Once, when drawn: focuses the element if nothing has the focus, except on touch, where it would open a keyboard. */
export function useLostFocus(target: RefObject<HTMLElement | null>, isWanted: boolean): void {
  useEffect(() => {
    const element = target.current;
    const root = element?.getRootNode() as ShadowRoot | Document | undefined;
    if (!isWanted || !element || !matchMedia("(pointer: fine)").matches) return;
    const focused = root?.activeElement;
    if (!focused || focused === document.body) element.focus({ preventScroll: true });
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);
}
