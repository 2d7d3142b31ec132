/** One quiet line about one tool call; it opens to what went in and what came out. */
import { useState, type JSX } from "react";
import type { RunView, ToolCall } from "~/core/view.ts";
import type { Json } from "~/protocol/wire.gen.ts";
import { Icon } from "~/ui/icon.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { ChevronRight, CircleCheck, CircleX, Clock, type IconNode, Square } from "~/ui/icons.ts";
import { problemText } from "~/ui/problem-text.ts";
import { Spinner } from "~/ui/spinner.tsx";
import { useStyles } from "~/ui/styles.tsx";
import type { Tone } from "~/ui/feedback.tsx";
import { durationText, progressOf } from "./run-progress.ts";
import styles from "./work.css?inline";

const toneIcons: Readonly<Record<Tone, IconNode>> = {
  ok: CircleCheck,
  bad: CircleX,
  warn: Clock,
  info: Clock,
  plain: Square,
};

/** Drawn from run records, never from model text. Secrets arrive masked. */
export function ToolCallLine({
  call,
  run,
}: {
  readonly call: ToolCall;
  readonly run: RunView | undefined;
}): JSX.Element {
  useStyles(styles);
  const { locale, text } = useI18n();
  const [isOpen, setOpen] = useState(false);
  const { word, tone, isRunning, detail, durationMs } = progressOf(call, run, text);
  const error = run?.error;
  return (
    <div className="work" data-tone={tone}>
      <button
        type="button"
        className="work-line"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {isRunning ? <Spinner size={16} /> : <Icon of={toneIcons[tone]} size={16} />}
        <span className="work-title words">{call.title}</span>
        <span className="work-state">
          {[word, detail, durationMs !== undefined && durationText(durationMs, locale)]
            .filter(Boolean)
            .join(" · ")}
        </span>
        <Icon of={ChevronRight} size={16} className="work-chevron" flips />
      </button>
      {isOpen && (
        <div className="work-body">
          {error && (
            <p className="work-error">
              {problemText(error, text, { quotesCode: false })}{" "}
              <span className="muted">({error.code})</span>
            </p>
          )}
          <Json label={text("work.arguments")} value={call.arguments} />
          <Json label={text("work.result")} value={run?.output ?? call.result} />
          <p className="muted">
            {call.toolName}
            {run?.version !== undefined && ` · ${text("work.version", { version: run.version })}`}
            {run && ` · ${run.runId}`}
          </p>
        </div>
      )}
    </div>
  );
}

function Json({
  label,
  value,
}: {
  readonly label: string;
  readonly value: Json | undefined;
}): JSX.Element | null {
  if (value === undefined || value === null) return null;
  return (
    <figure className="work-json">
      <figcaption>{label}</figcaption>
      <pre tabIndex={0}>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>
    </figure>
  );
}
