/** Follows the end of a growing transcript, but only while the reader is there. */
import { useCallback, useEffect, useRef, useState, type RefObject } from "react";

const NEAR_PX = 48;

/** How the transcript is scrolled. */
export interface Follow {
  box: RefObject<HTMLDivElement | null>;
  isAtEnd: boolean;
  onScroll(): void;
  toEnd(): void;
  /** Stays where it is, whatever comes. */
  stay(): void;
}

/** The reader's own scrolling decides whether the end is followed; looked at after each drawing. */
export function useFollow(): Follow {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);
  const toEnd = useCallback((): void => {
    const element = box.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    follows.current = true;
    setAtEnd(true);
  }, []);
  const stay = useCallback((): void => {
    follows.current = false;
  }, []);
  const onScroll = (): void => {
    const element = box.current;
    if (element === null) return;
    follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    setAtEnd(follows.current);
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
