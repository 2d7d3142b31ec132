/** Requests as the log holds them, for tests: every field has a plain value that a test may replace. */
import type { CardActions } from "~/cards/actions.ts";
import type { Interrupt } from "~/core/view.ts";
import { vi } from "vitest";

/** An open approval of a refund. */
export function request(change: Partial<Interrupt> = {}): Interrupt {
  return {
    interruptId: "int_1",
    executionId: "int_1",
    kind: "approval",
    runId: "run_1",
    rootRunId: "run_1",
    stepId: "approve",
    stepType: "user-approval",
    stepKey: "approve",
    title: "Refund 250 € of order 1001?",
    payload: {
      title: "Refund 250 € of order 1001?",
      facts: [{ label: "Customer", value: "Ada" }],
      decisions: [
        { name: "approve", label: "Approve refund of 250 €", style: "primary" },
        { name: "reject", label: "Decline", style: "danger" },
      ],
    },
    approvers: [],
    path: [{ runId: "run_1", flowName: "Refund", key: "approve" }],
    requestedBy: { kind: "peer", id: "peer_1", name: "Support desk" },
    onBehalfOf: { kind: "user", id: "user_1", name: "Grace" },
    openedAt: "2026-11-20T10:00:00Z",
    status: "open",
    ...change,
  };
}

/** The same request with a payload of its own. */
export function asking(payload: unknown, change: Partial<Interrupt> = {}): Interrupt {
  return request({ payload: payload as Interrupt["payload"], ...change });
}

/** Actions that succeed and remember. */
export function actions(change: Partial<CardActions> = {}): CardActions {
  return {
    resume: vi.fn(() => Promise.resolve()),
    withdraw: vi.fn(() => Promise.resolve()),
    saveDraft: vi.fn((_id, _values, rev) => Promise.resolve(rev + 1)),
    upload: vi.fn(() =>
      Promise.resolve({ type: "file" as const, fileId: "file_1", name: "a.pdf" }),
    ),
    focusCard: vi.fn(),
    ...change,
  };
}

/** An error as the session throws it. */
export function refusal(code: string, details?: unknown): Error {
  return Object.assign(new Error(`refused: ${code}`), { code, details });
}
