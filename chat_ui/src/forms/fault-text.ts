/** Says what is wrong with a value in the reader's words. */
import type { MessageKey, Text } from "~/ui/i18n.tsx";
import type { Fault } from "./validator.ts";

const words: Readonly<Record<string, MessageKey>> = {
  required: "form.fault.required",
  minLength: "form.fault.minLength",
  maxLength: "form.fault.maxLength",
  minimum: "form.fault.minimum",
  maximum: "form.fault.maximum",
  exclusiveMinimum: "form.fault.above",
  exclusiveMaximum: "form.fault.below",
  multipleOf: "form.fault.multipleOf",
  minItems: "form.fault.minItems",
  maxItems: "form.fault.maxItems",
  pattern: "form.fault.pattern",
  enum: "form.fault.choice",
  const: "form.fault.choice",
  uniqueItems: "form.fault.unique",
};

const formats: Readonly<Record<string, MessageKey>> = {
  email: "form.fault.email",
  uri: "form.fault.link",
  date: "form.fault.date",
  "date-time": "form.fault.date",
};

const types: Readonly<Record<string, MessageKey>> = {
  number: "form.fault.number",
  integer: "form.fault.integer",
};

/** The words for a keyword that the server names, where they need no more than that; a flow's own errors name none. */
export function knownFault(keyword: string, text: Text): string | undefined {
  const key = Object.hasOwn(words, keyword) ? words[keyword] : undefined;
  return key === undefined || /^(min|max|exclusive|multipleOf)/.test(keyword)
    ? undefined
    : text(key);
}

/** One sentence about a fault: what is wanted, not what was wrong. */
export function faultText({ keyword, limit }: Fault, text: Text): string {
  if (keyword === "format") return text(formats[String(limit)] ?? "form.fault.other");
  if (keyword === "type") return text(types[String(limit)] ?? "form.fault.other");
  if (keyword === "minLength" && limit === 1) return text("form.fault.required");
  const key = words[keyword];
  if (key === undefined) return text("form.fault.other");
  const needsNumber = /^(min|max|exclusive|multipleOf)/.test(keyword);
  if (needsNumber && typeof limit !== "number") return text("form.fault.other");
  return text(key, typeof limit === "number" ? { limit } : {});
}
