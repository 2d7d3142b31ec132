/** Draws Timeline. */
import type { JSX } from "react";
import { VisuallyHidden } from "~/ui/feedback.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Check, X } from "~/ui/icons.ts";
import { useText } from "~/ui/i18n.tsx";
import { exactTime } from "~/ui/time.ts";
import type { Timeline as TimelineNode } from "~/widgets/catalogue.gen.ts";
import { rowsOf, useScope } from "~/widgets/scope.tsx";

const words = {
  done: "timeline.done",
  current: "timeline.current",
  next: "timeline.next",
  failed: "timeline.failed",
} as const;
type Status = keyof typeof words;

function statusOf(value: unknown): Status | undefined {
  return typeof value === "string" && value in words ? (value as Status) : undefined;
}

/** What happened and what comes, in order; each state has a shape and a word besides its colour. */
export function Timeline({ node }: { readonly node: TimelineNode }): JSX.Element {
  const scope = useScope();
  const text = useText();
  const items = rowsOf(node.items, scope);
  if (items.length === 0) return <p className="w-empty">{text("widget.empty")}</p>;
  return (
    <ol role="list" className="w-timeline">
      {items.map((item, index) => {
        const status = statusOf(item["status"]);
        const at = Date.parse(String(item["at"]));
        return (
          <li
            key={index}
            data-status={status}
            aria-current={status === "current" ? "step" : undefined}
          >
            <span className="w-timeline-mark">
              {status === "done" && <Icon of={Check} size={12} />}
              {status === "failed" && <Icon of={X} size={12} />}
            </span>
            <span className="w-timeline-title" dir="auto">
              {String(item["title"] ?? "")}{" "}
              {status && <VisuallyHidden>({text(words[status])})</VisuallyHidden>}
            </span>
            {!Number.isNaN(at) && (
              <time dateTime={String(item["at"])}>{exactTime(at, scope.locale)}</time>
            )}
            {item["description"] != null && <p dir="auto">{String(item["description"])}</p>}
          </li>
        );
      })}
    </ol>
  );
}
