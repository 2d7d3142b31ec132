/** Buttons that stay out of the way of the Tab key until the reader has come to their message. */
import { useEffect, useRef, type RefObject } from "react";

/** Takes the buttons inside the element out of the tab order while `areStops` is false; screen readers still find them. */
export function useTabStops(areStops: boolean): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    for (const button of box.current?.querySelectorAll("button:not([role])") ?? [])
      (button as HTMLButtonElement).tabIndex = areStops ? 0 : -1;
  });
  return box;
}
