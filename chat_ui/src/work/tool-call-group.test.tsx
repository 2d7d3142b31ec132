/** Lines about work: what the run says, quietly, and everything on demand. */
import { fireEvent, render, screen } from "@testing-library/preact";
import { expect, test, vi } from "vitest";
import type { RunView, ToolCall } from "~/core/view.ts";
import { OutcomeLink } from "./outcome-link.tsx";
import { durationText } from "./run-progress.ts";
import { ToolCallGroup } from "./tool-call-group.tsx";

const call = (change: Partial<ToolCall> = {}): ToolCall => ({
  toolCallId: "c1",
  messageId: "m1",
  turnId: "t1",
  toolName: "refund",
  title: "Refund",
  arguments: { orderId: "1001", token: "•••" },
  runId: "r1",
  status: "ok",
  durationMs: 412,
  startedAt: "2026-11-20T10:00:00Z",
  ...change,
});

const run = (change: Partial<RunView> = {}): RunView => ({
  runId: "r1",
  rootRunId: "r1",
  flowName: "Refund",
  version: 3,
  status: "completed",
  stepsDone: 4,
  output: { status: "refunded" },
  updatedAt: "2026-11-20T10:00:00Z",
  ...change,
});

const asked = { openInterrupts: ["i1"], interrupts: { i1: { rootRunId: "r1" } } } as never;

const show = (
  calls: ToolCall[],
  runs: RunView[] = [run()],
  records: object = { openInterrupts: [], interrupts: {} },
): void => {
  const view = { runs: Object.fromEntries(runs.map((r) => [r.runId, r])), ...records } as never;
  render(<ToolCallGroup calls={calls} view={view} />);
};

test("a finished call is one line with its duration, and opens to arguments and result", () => {
  show([call()]);
  const line = screen.getByRole("button", { name: /Refund/ });
  expect(line.textContent).toContain("done · 4 steps · 412 ms");
  expect(screen.queryByText(/1001/)).toBeNull();
  fireEvent.click(line);
  expect(line.getAttribute("aria-expanded")).toBe("true");
  expect(screen.getByText(/"token": "•••"/)).toBeTruthy();
  expect(screen.getByText(/"refunded"/)).toBeTruthy();
  expect(screen.getByText(/version 3/)).toBeTruthy();
});

test("a running one names the step it is at", () => {
  const step = {
    key: "pay",
    stepId: "pay",
    name: "Pay it back",
    type: "http-request",
    status: "started",
  } as const;
  show([call({ status: "running" })], [run({ status: "running", stepsDone: 2, step })]);
  expect(screen.getByRole("button").textContent).toContain("in progress · Pay it back · 2 steps");
});

test("a parked one waits, whatever the model was told", () => {
  show([call({ status: "waiting" })], [run({ status: "waiting", stepsDone: 2 })], asked);
  expect(screen.getByRole("button").textContent).toContain("waiting for an answer");
});

test("one that rests in a delay waits for nobody", () => {
  show([call({ status: "waiting" })], [run({ status: "waiting", stepsDone: 2 })]);
  expect(screen.getByRole("button").textContent).toContain("in progress · 2 steps");
});

test("the run is right where the call says otherwise", () => {
  show(
    [call({ status: "ok" })],
    [run({ status: "failed", error: { code: "boom", message: "It broke." } })],
  );
  expect(screen.getByRole("button").textContent).toContain("failed");
  fireEvent.click(screen.getByRole("button"));
  expect(screen.getByText(/It broke/)).toBeTruthy();
});

test("many calls stand behind one line that says how many failed", () => {
  const calls = [1, 2, 3, 4].map((n) =>
    call({ toolCallId: `c${n}`, runId: `r${n}`, status: n === 2 ? "error" : "ok" }),
  );
  show(calls, []);
  const line = screen.getByRole("button", { name: /4 tool calls/ });
  expect(line.textContent).toContain("1 failed");
  fireEvent.click(line);
  expect(screen.getAllByRole("button", { name: /Refund/ })).toHaveLength(4);
});

test("an outcome leads back to where it began", () => {
  const onOpen = vi.fn();
  const origin = { runId: "r1", interruptId: "i1" };
  render(<OutcomeLink origin={origin} title="Refund" onOpen={onOpen} />);
  fireEvent.click(screen.getByRole("button", { name: "Result of: Refund" }));
  expect(onOpen).toHaveBeenCalledWith(origin);
});

test.each([
  [0.4, "1 ms"],
  [412, "412 ms"],
  [2500, "2.5 sec"],
  [125_000, "2 min 5 sec"],
])("%d ms reads %s", (ms, words) => expect(durationText(ms, "en")).toBe(words));
