/** What a form is to those who draw and drive it. */
import type { RJSFSchema } from "@rjsf/utils";
import type { JsonObject } from "./differences.ts";

/** Messages by JSON Pointer. */
export type Errors = Readonly<Record<string, string>>;

/** A form as its owner drives it. */
export interface FormState {
  schema: RJSFSchema;
  /** Everything typed, also into fields that are hidden now. */
  values: JsonObject;
  /** What counts: the fields that are shown. */
  sent: JsonObject;
  /** What is to be shown as wrong. */
  errors: Errors;
  /** Replaces the values; answers the pointers that changed. */
  change(values: JsonObject): string[];
  /** The person left a field: from now on it says what is wrong with it. */
  leave(pointer: string): void;
  /** Looks at these top-level fields (all without an argument); answers what is wrong with them, and shows it. */
  check(fields?: readonly string[]): Errors;
  /** Shows errors of the server or of the flow until the fields change. */
  refuse(errors: Errors): void;
}
