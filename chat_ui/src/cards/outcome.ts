/** How a request ended, in a word and a tone. Pure. */
import type { Interrupt } from "~/core/view.ts";
import type { Json } from "~/protocol/wire.gen.ts";
import type { Tone } from "~/ui/feedback.tsx";
import type { Text } from "~/ui/i18n.tsx";
import { type ApprovalPayload, type Decision, decisionsOf, type Resolution } from "./payloads.ts";

/** What the folded card says. `reason` explains an end without an answer, with what to do next. */
export interface Outcome {
  word: string;
  tone: Tone;
  reason?: string;
}

/** The name of a decision as its button says it. */
export function decisionLabel(decision: Decision, text: Text): string {
  if (decision.label !== "") return decision.label;
  if (decision.name === "approve") return text("card.approve");
  return decision.name === "reject" ? text("card.reject") : decision.name;
}

/** The outcome of a closed request. */
export function outcomeOf(interrupt: Interrupt, text: Text): Outcome {
  const resolution = resolutionOf(interrupt);
  if (interrupt.status === "expired")
    return { word: text("outcome.expired"), tone: "warn", reason: text("outcome.expiredWhy") };
  if (interrupt.status === "cancelled") {
    const reason = resolution.reason ?? text("outcome.cancelledWhy");
    return { word: text("outcome.cancelled"), tone: "plain", reason };
  }
  switch (interrupt.kind) {
    case "approval":
      return approvalOutcome(interrupt, resolution, text);
    case "form":
      return resolution.cancel === true
        ? { word: text("outcome.formCancelled"), tone: "plain" }
        : { word: text("outcome.submitted"), tone: "ok" };
    case "client_tool":
      return toolOutcome(resolution, text);
    case "callback":
      return { word: text("outcome.answered"), tone: "ok" };
  }
}

/** The recorded answer; empty while there is none. */
export function resolutionOf(interrupt: Interrupt): Resolution {
  const { resolution } = interrupt;
  const isObject =
    resolution !== null && typeof resolution === "object" && !Array.isArray(resolution);
  return isObject ? (resolution as Resolution) : {};
}

function approvalOutcome(interrupt: Interrupt, resolution: Resolution, text: Text): Outcome {
  const decisions = decisionsOf(interrupt.payload as unknown as ApprovalPayload);
  const chosen = decisions.find((decision) => decision.name === resolution.decision);
  if (chosen === undefined)
    return { word: resolution.decision ?? text("outcome.answered"), tone: "plain" };
  return { word: decidedWord(chosen, text), tone: tones[chosen.style ?? "plain"] };
}

const tones = { primary: "ok", danger: "bad", plain: "plain" } as const;

/** The usual words for the usual decisions; a decision of the flow's own making keeps its label. */
function decidedWord(chosen: Decision, text: Text): string {
  if (chosen.name === "approve" && chosen.style === "primary") return text("outcome.approved");
  if (chosen.name === "reject" && chosen.style === "danger") return text("outcome.rejected");
  return decisionLabel(chosen, text);
}

function toolOutcome({ toolResult }: Resolution, text: Text): Outcome {
  if (toolResult?.success !== false) return { word: text("outcome.toolDone"), tone: "ok" };
  const said = saidBy(toolResult.error, text);
  return {
    word: text("outcome.toolFailed"),
    tone: "warn",
    ...(said === undefined ? {} : { reason: said }),
  };
}

/** An error as a page answers it: words, or a code with words. */
function saidBy(error: Json | undefined, text: Text): string | undefined {
  if (typeof error === "string") return error;
  if (error === null || typeof error !== "object" || Array.isArray(error)) return undefined;
  if (error["code"] === "declined") return text("outcome.toolDeclined");
  const { message } = error;
  return typeof message === "string" ? message : undefined;
}
