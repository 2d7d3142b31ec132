/** How far a run is, in words. Pure. */
import type { ConversationView, RunView, ToolCall } from "~/core/view.ts";
import type { Tone } from "~/ui/feedback.tsx";
import type { Text } from "~/ui/i18n.tsx";

/** What a line about work says: a word of state, how far it is, and how it looks. */
export interface Progress {
  word: string;
  tone: Tone;
  isRunning: boolean;
  /** The step that a run is at, and how many are done. */
  detail?: string;
  durationMs?: number;
}

/** What of a conversation says how a run stands. */
export type RunRecords = Pick<ConversationView, "runs" | "interrupts" | "openInterrupts">;

/** The run of a call as people are told of it: one that rests in a delay, with nobody asked, is in progress. */
export function runOf(call: ToolCall, records: RunRecords): RunView | undefined {
  const run = call.runId === undefined ? undefined : records.runs[call.runId];
  if (run?.status !== "waiting") return run;
  const isAsking = records.openInterrupts.some(
    (id) => records.interrupts[id]?.rootRunId === run.rootRunId,
  );
  return isAsking ? run : { ...run, status: "running" };
}

/** The state of a call, drawn from the record of its run where there is one. */
export function progressOf(call: ToolCall, run: RunView | undefined, text: Text): Progress {
  const detail = run === undefined ? undefined : detailOf(run, text);
  const durationMs = run === undefined || call.status !== "waiting" ? call.durationMs : undefined;
  return {
    ...stateOf(call, run, text),
    ...(detail === undefined ? {} : { detail }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

function stateOf(
  call: ToolCall,
  run: RunView | undefined,
  text: Text,
): Pick<Progress, "word" | "tone" | "isRunning"> {
  if (run?.status === "waiting")
    return { word: text("work.waiting"), tone: "warn", isRunning: false };
  if (run?.status === "queued" || run?.status === "running" || call.status === "running")
    return { word: text("work.running"), tone: "info", isRunning: true };
  if (run?.status === "cancelled" || call.status === "stopped")
    return { word: text("work.stopped"), tone: "plain", isRunning: false };
  if (run?.rejected) return { word: text("work.rejected"), tone: "plain", isRunning: false };
  if (run?.status === "failed" || run?.status === "timed_out" || call.status === "error")
    return { word: text("work.failed"), tone: "bad", isRunning: false };
  return { word: text("work.done"), tone: "ok", isRunning: false };
}

function detailOf(run: RunView, text: Text): string | undefined {
  const isOver = ["completed", "failed", "cancelled", "timed_out"].includes(run.status);
  const done = text("work.steps", { count: run.stepsDone });
  if (isOver || run.step === undefined) return run.stepsDone > 0 ? done : undefined;
  return run.stepsDone > 0 ? `${run.step.name} · ${done}` : run.step.name;
}

/** "0.4 s", "2 min 5 s" in the reader's manner. */
export function durationText(ms: number, locale: string): string {
  const unit = (value: number, name: string, digits = 0): string =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay: "short",
      maximumFractionDigits: digits,
    }).format(value);
  if (ms < 1000) return unit(Math.max(1, Math.round(ms)), "millisecond");
  const seconds = ms / 1000;
  if (seconds < 60) return unit(seconds, "second", seconds < 10 ? 1 : 0);
  return `${unit(Math.floor(seconds / 60), "minute")} ${unit(Math.round(seconds % 60), "second")}`;
}
