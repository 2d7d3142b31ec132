/** Which errors of a form are to be shown. Pure. */
import type { Text } from "~/ui/i18n.tsx";
import { differences, type JsonObject, valueAt } from "./differences.ts";
import { faultText } from "./fault-text.ts";
import type { Errors } from "./form-state.ts";
import type { Fault } from "./validator.ts";

/** What the server or the flow found wrong with these values. */
export interface Refusal {
  errors: Errors;
  values: JsonObject;
}

/** The first fault of each value, in words. */
export function messagesOf(faults: readonly Fault[], text: Text): Errors {
  const messages: Record<string, string> = {};
  for (const fault of faults) messages[fault.pointer] ??= faultText(fault, text);
  return messages;
}

/** The errors of a refusal whose fields have not changed since. */
export function standing({ errors, values }: Refusal, now: JsonObject): Errors {
  return pick(
    errors,
    (pointer) => differences(valueAt(values, pointer), valueAt(now, pointer)).length === 0,
  );
}

/** The errors at the pointers that are wanted. */
export function pick(errors: Errors, wanted: (pointer: string) => boolean): Errors {
  return Object.fromEntries(Object.entries(errors).filter(([pointer]) => wanted(pointer)));
}
