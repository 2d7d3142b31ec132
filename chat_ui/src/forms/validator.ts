/** Validates forms without `eval`, so that a strict CSP holds: rjsf's validator contract over @cfworker/json-schema. */
import { Validator, type OutputUnit, type Schema } from "@cfworker/json-schema";
import {
  toErrorSchema,
  type RJSFSchema,
  type RJSFValidationError,
  type ValidatorType,
} from "@rjsf/utils";
import type { Json } from "~/protocol/wire.gen.ts";
import { namesOf, step, valueAt } from "./differences.ts";

/** Keywords that only repeat the error of what they contain. */
const containers: ReadonlySet<string> = new Set([
  "properties",
  "items",
  "prefixItems",
  "allOf",
  "$ref",
  "then",
  "else",
  "if",
]);

function outputOf(schema: RJSFSchema, data: unknown): OutputUnit[] {
  return new Validator(schema as Schema, "2020-12", false).validate(data).errors;
}

/** One thing wrong with one value. `limit` is what the failed keyword demands, where that can be told. */
export interface Fault {
  /** JSON Pointer of the value; of the missing one for `required`. */
  pointer: string;
  keyword: string;
  limit?: unknown;
  message: string;
}

function faultOf(unit: OutputUnit, schema: RJSFSchema): Fault {
  const at = unit.instanceLocation.slice(1);
  const limit = valueAt(schema as Json, unit.keywordLocation.slice(1));
  // The error of a missing property sits on its parent and names the property in its text.
  const missing = unit.keyword === "required" ? /"(.*)"/.exec(unit.error)?.[1] : undefined;
  const pointer = missing === undefined ? at : at + step(missing);
  return {
    pointer,
    keyword: unit.keyword,
    ...(limit === undefined ? {} : { limit }),
    message: unit.error,
  };
}

/** What is wrong with `data` under `schema`, one fault per value and keyword. */
export function faultsOf(schema: RJSFSchema, data: unknown): Fault[] {
  return outputOf(schema, data)
    .filter((unit) => !containers.has(unit.keyword))
    .map((unit) => faultOf(unit, schema));
}

/** The faults as rjsf wants them; `name` is the failed keyword. */
export function formErrors(schema: RJSFSchema, data: unknown): RJSFValidationError[] {
  return faultsOf(schema, data).map(({ pointer, keyword, message }) => ({
    name: keyword,
    property: namesOf(pointer)
      .map((name) => `.${name}`)
      .join(""),
    message,
    stack: message,
  }));
}

/** What `<Form validator={…}>` of rjsf takes. */
export const validator: ValidatorType = {
  validateFormData(data, schema, _custom, transform, uiSchema) {
    const raw = formErrors(schema, data);
    const errors = transform ? transform(raw, uiSchema) : raw;
    return { errors, errorSchema: toErrorSchema(errors) };
  },
  isValid(schema, data, root) {
    try {
      // Definitions live in the root schema, and the part that is asked about refers to them.
      const definitions = { $defs: root.$defs ?? {}, definitions: root.definitions ?? {} };
      return outputOf({ ...definitions, ...schema }, data).length === 0;
    } catch {
      return false;
    }
  },
  rawValidation<Result>(schema: RJSFSchema, data?: unknown) {
    // The contract is generic in the result so that each validator can return its own kind of error.
    return { errors: formErrors(schema, data) as Result[] };
  },
};

export default validator;
