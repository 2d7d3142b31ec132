/** Follows the end of a growing transcript, but only while the reader is there. */
import { useCallback, useEffect, useRef, useState, type RefObject } from "react";

const NEAR_PX = 48;

/** How the transcript is scrolled. */
export interface Follow {
  box: RefObject<HTMLDivElement | null>;
  isAtEnd: boolean;
  /** Call it when the box was scrolled; answers whether the end is followed. */
  onScroll(): boolean;
  toEnd(): void;
  /** Stays where it is, whatever comes. */
  stay(): void;
}

/** The reader's own scrolling decides whether the end is followed; looked at after each drawing. */
export function useFollow(): Follow {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const seen = useRef({ top: 0, height: 0, room: 0 });
  const [isAtEnd, setAtEnd] = useState(true);
  const toEnd = useCallback((): void => {
    const element = box.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    const { scrollTop, scrollHeight, clientHeight } = element;
    seen.current = { top: scrollTop, height: scrollHeight, room: clientHeight };
    follows.current = true;
    setAtEnd(true);
  }, []);
  const stay = useCallback((): void => {
    follows.current = false;
    setAtEnd(false);
  }, []);
  const onScroll = (): boolean => {
    const element = box.current;
    if (element === null) return true;
    const { scrollTop: top, scrollHeight: height, clientHeight } = element;
    const hasGrown = height !== seen.current.height || clientHeight !== seen.current.room;
    const isUpward = top < seen.current.top;
    seen.current = { top, height, room: clientHeight };
    if (height - top - clientHeight < NEAR_PX) follows.current = true;
    else if (follows.current && hasGrown) toEnd(); // what came pushed the end away, not the reader
    else if (isUpward) follows.current = false;
    setAtEnd(follows.current);
    return follows.current;
  };
  useEffect(() => {
    if (follows.current) toEnd();
  });
  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => follows.current && toEnd()); // lazy parts, images and the keyboard
    observer.observe(element);
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, [toEnd]);
  return { box, isAtEnd, onScroll, toEnd, stay };
}
