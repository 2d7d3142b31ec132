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
  /** The reader opens or folds something: it stays under the pointer, and the end is followed if it is still near. */
  hold(): void;
}

/** Only a reader moves it further up than where the browser would have to, for want of anything below. */
function isMovedUp(box: HTMLElement, before: number): boolean {
  return box.scrollTop < Math.min(before, box.scrollHeight - box.clientHeight) - 1;
}

/** The reader's own scrolling decides whether the end is followed; looked at after each drawing. */
export function useFollow(): Follow {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const seen = useRef(0);
  const [isAtEnd, setAtEnd] = useState(true);
  const toEnd = useCallback((): void => {
    const element = box.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    seen.current = element.scrollTop;
    follows.current = true;
    setAtEnd(true);
  }, []);
  const stay = useCallback((): void => {
    follows.current = false;
    setAtEnd(false);
  }, []);
  const hold = (): void => {
    if (!follows.current) return;
    follows.current = false;
    const look = (): void => {
      const element = box.current;
      if (element === null) return;
      follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
      setAtEnd(follows.current);
    };
    requestAnimationFrame(() => requestAnimationFrame(look)); // once it is drawn
  };
  const onScroll = (): boolean => {
    const element = box.current;
    if (element === null) return true;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    const isMoved = isMovedUp(element, seen.current);
    seen.current = element.scrollTop;
    if (left <= 1 || (left < NEAR_PX && !isMoved)) follows.current = true;
    else if (isMoved) follows.current = false;
    else if (follows.current) toEnd(); // what came pushed the end away, not the reader
    setAtEnd(follows.current || left < NEAR_PX);
    return follows.current;
  };
  const follow = useCallback((): void => {
    if (follows.current) toEnd();
  }, [toEnd]);
  useEffect(follow);
  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(follow); // lazy parts, images and the keyboard
    observer.observe(element);
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, [follow]);
  return { box, isAtEnd, onScroll, toEnd, stay, hold };
}
