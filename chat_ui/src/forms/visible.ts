/** What a form sends: the fields that it shows. Answers to a question that is no longer asked stay behind. */
import type { RJSFSchema } from "@rjsf/utils";
import type { JsonObject } from "./differences.ts";

const branches = ["if", "then", "else", "allOf", "anyOf", "oneOf", "dependentSchemas"] as const;

/** `values` without the fields that only an untaken branch of the schema declares. `resolved` is the schema under these values. */
export function visibleValues(
  schema: RJSFSchema,
  resolved: RJSFSchema,
  values: JsonObject,
): JsonObject {
  const shown = new Set(Object.keys(resolved.properties ?? {}));
  const conditional = conditionalFields(schema);
  const kept = Object.entries(values).filter(([name]) => shown.has(name) || !conditional.has(name));
  return Object.fromEntries(kept);
}

function conditionalFields(schema: RJSFSchema): Set<string> {
  const found = new Set<string>();
  const visit = (part: unknown): void => {
    if (part === null || typeof part !== "object") return;
    if (Array.isArray(part)) return part.forEach(visit);
    const { properties } = part as RJSFSchema;
    for (const name of Object.keys(properties ?? {})) found.add(name);
    inner(part as RJSFSchema);
  };
  const inner = (part: RJSFSchema): void => {
    for (const keyword of branches) {
      const below: unknown = part[keyword];
      visit(keyword === "dependentSchemas" ? Object.values(below ?? {}) : below);
    }
  };
  inner(schema);
  return found;
}
