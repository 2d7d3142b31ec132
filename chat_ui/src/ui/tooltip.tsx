/** A short name for what has none on screen. */
import { useEffect, useRef, useState, type JSX, type ReactNode } from "react";
import { usePopup } from "./use-popup.ts";

/** Shows `text` on hover and on keyboard focus; Escape hides it. The child must carry the same text as its own label. */
export function Tooltip({
  text,
  keys,
  children,
}: {
  readonly text: string;
  readonly keys?: string | undefined;
  readonly children: ReactNode;
}): JSX.Element {
  const anchor = useRef<HTMLSpanElement>(null);
  const popup = useRef<HTMLSpanElement>(null);
  const [open, setOpen] = useState(false);
  usePopup(open, { anchor, popup, side: "above", align: "center" });
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = (delayMs: number): void => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setOpen(true), delayMs);
  };
  const hide = (): void => {
    clearTimeout(timer.current);
    setOpen(false);
  };
  return (
    <span
      ref={anchor}
      className="tooltip-anchor"
      onPointerEnter={(event) => event.pointerType === "mouse" && show(400)}
      onPointerLeave={hide}
      onPointerDown={hide}
      onFocus={(event) => (event.target as HTMLElement).matches(":focus-visible") && show(0)}
      onBlur={hide}
      onKeyDown={(event) => event.key === "Escape" && hide()}
    >
      {children}
      {open && (
        <span ref={popup} className="popup tooltip" popover="manual" aria-hidden="true">
          {text}
          {keys && <kbd className="tooltip-keys">{keys}</kbd>}
        </span>
      )}
    </span>
  );
}
