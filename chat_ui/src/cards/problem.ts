/** What went wrong with an answer, in words that say what is safe. */
import type { Json } from "~/protocol/wire.gen.ts";
import { knownFault } from "~/forms/fault-text.ts";
import type { MessageKey, Text } from "~/ui/i18n.tsx";
import { problemText } from "~/ui/problem-text.ts";

/** A refused or lost answer. `fields` are messages by JSON Pointer. */
export interface Problem {
  /** Absent when the way was cut: nobody knows whether the answer arrived. */
  code?: string;
  message: string;
  fields: Record<string, string>;
}

const known: Readonly<Record<string, MessageKey>> = {
  already_settled: "card.problem.settled",
  interrupt_expired: "card.problem.expired",
  interrupt_cancelled: "card.problem.withdrawn",
  forbidden: "card.problem.forbidden",
  not_found: "card.problem.gone",
};

/** Reads an error of `CardActions`. */
export function problemOf(error: unknown, text: Text): Problem {
  const { code, details } = error as { code?: unknown; details?: Json };
  const said = problemText(error, text);
  if (typeof code !== "string" || code === "network")
    return { message: text("card.problem.lost"), fields: {} };
  const fields = fieldsOf(details, text);
  if (Object.keys(fields).length > 0) return { code, message: said, fields };
  const key = known[code];
  return {
    code,
    message: key === undefined ? text("card.problem.refused", { reason: said }) : text(key),
    fields,
  };
}

/** The entries that name a field, wherever the server keeps the list of them. */
function fieldsOf(details: Json | undefined, text: Text): Record<string, string> {
  const entries = Array.isArray(details) ? details : entriesOf(details);
  const fields: Record<string, string> = {};
  for (const entry of entries) {
    if (entry === null || typeof entry !== "object" || Array.isArray(entry)) continue;
    const path = entry["pointer"] ?? entry["path"];
    if (typeof path !== "string" || typeof entry["message"] !== "string") continue;
    const place = path.replace(/^\/(formData|values|edits)(?=\/|$)/, "");
    fields[place] = knownFault(String(entry["code"] ?? ""), text) ?? entry["message"];
  }
  return fields;
}

function entriesOf(details: Json | undefined): Json[] {
  if (details === undefined || details === null || typeof details !== "object") return [];
  if (Array.isArray(details)) return details;
  const list = details["errors"];
  return Array.isArray(list) ? list : [];
}
