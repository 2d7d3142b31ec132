/** The tool calls of one message: each a line, many of them behind one. */
import { useState, type JSX } from "react";
import type { ToolCall } from "~/core/view.ts";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { ChevronRight, Wrench } from "~/ui/icons.ts";
import { useStyles } from "~/ui/styles.tsx";
import { progressOf, runOf, type RunRecords } from "./run-progress.ts";
import { ToolCallLine } from "./tool-call-line.tsx";
import styles from "./work.css?inline";

const MANY = 4;

/** Folded when there are many and none of them is still going on. */
export function ToolCallGroup({
  calls,
  view,
}: {
  readonly calls: readonly ToolCall[];
  readonly view: RunRecords;
}): JSX.Element {
  useStyles(styles);
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  const lines = calls.map((call) => (
    <ToolCallLine key={call.toolCallId} call={call} run={runOf(call, view)} />
  ));
  if (calls.length < MANY) return <div className="works">{lines}</div>;
  const states = calls.map((call) => progressOf(call, runOf(call, view), text));
  const failed = states.filter(({ tone }) => tone === "bad").length;
  const running = states.filter(({ isRunning }) => isRunning).length;
  return (
    <div className="works">
      <button
        type="button"
        className="work-line"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon of={Wrench} size={16} />
        <span className="work-title">{text("work.calls", { count: calls.length })}</span>
        <span className="work-state">
          {[
            running > 0 && text("work.someRunning", { count: running }),
            failed > 0 && text("work.someFailed", { count: failed }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
        <Icon of={ChevronRight} size={16} className="work-chevron" flips />
      </button>
      {isOpen && <div className="works-inside">{lines}</div>}
    </div>
  );
}
