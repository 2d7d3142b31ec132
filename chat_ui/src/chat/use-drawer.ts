/** The drawer of narrow screens: whether it is open, and where the focus is afterwards. */
import { useEffect, useRef, useState, type RefObject } from "react";

/** `button` is what opens it; it gets the focus back if closing has taken it away. */
export interface Drawer {
  isOpen: boolean;
  button: RefObject<HTMLSpanElement | null>;
  open(): void;
  close(): void;
}

/** Starts closed. */
export function useDrawer(): Drawer {
  const [isOpen, setOpen] = useState(false);
  const wasOpen = useRef(false);
  const button = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (wasOpen.current && !isOpen) button.current?.querySelector("button")?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return { isOpen, button, open: () => setOpen(true), close: () => setOpen(false) };
}
