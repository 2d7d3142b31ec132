/** The end of a long list first; more of it upward on demand, without moving what is being read. */
import { useLayoutEffect, useRef, useState, type RefObject } from "react";

const PART = 60;
const NEAR_PX = 160;

/** How many of the oldest are not drawn, and how to draw more of them. */
export interface ShownPart {
  hidden: number;
  more(): void;
  /** Call it when the box was scrolled: near the top more is drawn by itself. */
  onScroll(): void;
}

/** Draws at least from `wanted` on; `anchors` selects the elements of which the first one seen stays in its place. */
export function useShownPart(
  ids: readonly string[],
  options: { box: RefObject<HTMLElement | null>; anchors: string; wanted: string | undefined },
): ShownPart {
  const { box, anchors, wanted } = options;
  const [count, setCount] = useState(PART);
  const held = useRef<{ element: Element; top: number } | null>(null);
  const needed = wanted === undefined ? 0 : ids.length - Math.max(0, ids.indexOf(wanted));
  const isThere = wanted !== undefined && ids.includes(wanted);
  const hidden = Math.max(0, ids.length - Math.max(count, isThere ? needed : 0));
  const more = (): void => {
    const edge = box.current?.getBoundingClientRect().top ?? 0;
    const seen = [...(box.current?.querySelectorAll(anchors) ?? [])].find(
      (element) => element.getBoundingClientRect().bottom > edge,
    );
    held.current =
      seen === undefined ? null : { element: seen, top: seen.getBoundingClientRect().top };
    setCount(ids.length - hidden + PART);
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
