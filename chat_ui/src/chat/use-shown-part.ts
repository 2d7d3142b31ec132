/** The end of a long list first; more of it upward on demand, without moving what is being read. */
import { useLayoutEffect, useRef, useState, type RefObject } from "react";

const PART = 60;
const NEAR_PX = 160;

/** How many of the oldest are not drawn, and how to draw more of them. */
export interface ShownPart {
  hidden: number;
  more(): void;
  /** Call it when the reader scrolled: near the top more is drawn by itself. */
  onScroll(): void;
}

/** Draws at least from `wanted` on; `anchors` selects the elements of which the first one seen stays in its place. */
export function useShownPart(
  ids: readonly string[],
  options: { box: RefObject<HTMLElement | null>; anchors: string; wanted: string | undefined },
): ShownPart {
  const { box, anchors, wanted } = options;
  const [first, setFirst] = useState<string | undefined>(); // what was brought up stays, whatever comes below
  const held = useRef<{ element: Element; top: number } | null>(null);
  const starts = [first, wanted].map((id) => (id === undefined ? -1 : ids.indexOf(id)));
  const hidden = Math.min(Math.max(0, ids.length - PART), ...starts.filter((at) => at >= 0));
  const more = (): void => {
    const edge = box.current?.getBoundingClientRect().top ?? 0;
    const seen = [...(box.current?.querySelectorAll(anchors) ?? [])].find(
      (element) => element.getBoundingClientRect().bottom > edge,
    );
    held.current =
      seen === undefined ? null : { element: seen, top: seen.getBoundingClientRect().top };
    setFirst(ids[Math.max(0, hidden - PART)]);
  };
  useLayoutEffect(() => {
    if (held.current === null || box.current === null) return;
    const { element, top } = held.current;
    held.current = null;
    box.current.scrollTop += element.getBoundingClientRect().top - top;
  });
  const onScroll = (): void => {
    if (hidden > 0 && box.current !== null && box.current.scrollTop < NEAR_PX) more();
  };
  return { hidden, more, onScroll };
}
