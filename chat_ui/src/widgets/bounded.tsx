/** Keeps a tall widget from burying the conversation. */
import { useLayoutEffect, useRef, useState, type JSX, type ReactNode } from "react";
import { Button } from "~/ui/button.tsx";
import { ChevronDown } from "~/ui/icons.ts";
import { useText } from "~/ui/i18n.tsx";

/** Tallest a widget is before it asks to be opened, in pixels; kept in step with `.bounded` in widgets.css. */
const limit = 480;

/** Cuts its content at the limit and offers the rest; opens by itself when the keyboard reaches what is cut off. */
export function Bounded({ children }: { readonly children: ReactNode }): JSX.Element {
  const text = useText();
  const content = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [overflows, setOverflows] = useState(false);
  useLayoutEffect(() => {
    const element = content.current;
    if (element === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => setOverflows(element.scrollHeight > limit + 1));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const reach = (event: { target: EventTarget }): void => {
    const top = content.current?.getBoundingClientRect().top ?? 0;
    if (overflows && (event.target as Element).getBoundingClientRect().bottom - top > limit)
      setOpen(true);
  };
  return (
    <>
      <div className="bounded" data-cut={overflows && !open} onFocus={reach}>
        <div ref={content}>{children}</div>
      </div>
      {overflows && (
        <Button
          kind="quiet"
          size="small"
          icon={ChevronDown}
          className="bounded-toggle"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {text(open ? "widget.less" : "widget.all")}
        </Button>
      )}
    </>
  );
}
