/** Keeps a popover beside its anchor, in the top layer where nothing clips it. */
import { useLayoutEffect, type RefObject } from "react";
import { place, type Placement } from "./place.ts";

/** Shows `popup` beside `anchor` while `open`, and follows the anchor when the page scrolls or resizes. */
export function usePopup(
  open: boolean,
  options: Omit<Placement, "rtl"> & {
    readonly anchor: RefObject<HTMLElement | null>;
    readonly popup: RefObject<HTMLElement | null>;
  },
): void {
  const { anchor, popup, side, align } = options;
  useLayoutEffect(() => {
    const floating = popup.current;
    const beside = anchor.current;
    if (!open || floating === null || beside === null) return;
    const follow = (): void => {
      const viewport = { left: 0, top: 0, width: innerWidth, height: innerHeight };
      const rtl = getComputedStyle(beside).direction === "rtl";
      const corner = place(beside.getBoundingClientRect(), floating.getBoundingClientRect(), {
        side,
        align,
        rtl,
        viewport,
      });
      // CSSOM writes are allowed by `style-src 'self'`; a style attribute would not be.
      floating.style.left = `${corner.left}px`;
      floating.style.top = `${corner.top}px`;
    };
    floating.showPopover();
    follow();
    addEventListener("scroll", follow, { capture: true, passive: true });
    addEventListener("resize", follow);
    return () => {
      removeEventListener("scroll", follow, { capture: true });
      removeEventListener("resize", follow);
      if (floating.isConnected) floating.hidePopover();
    };
  }, [open, anchor, popup, side, align]);
}
