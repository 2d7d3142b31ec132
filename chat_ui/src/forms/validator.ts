/** Validates forms without `eval`, so that a strict CSP holds: rjsf's validator contract over @cfworker/json-schema. */
import { Validator, type OutputUnit, type Schema } from "@cfworker/json-schema";
import {
  toErrorSchema,
  type RJSFSchema,
  type RJSFValidationError,
  type ValidatorType,
} from "@rjsf/utils";

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

/** `#/lines/0/amount` as the dotted path that rjsf matches fields by: `.lines.0.amount`. */
function propertyOf(unit: OutputUnit): string {
  const path = unit.instanceLocation
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
  // The error of a missing property sits on its parent and names the property in its text.
  const missing = unit.keyword === "required" ? /"(.*)"/.exec(unit.error)?.[1] : undefined;
  return missing === undefined ? path : `${path}.${missing}`;
}

/** The errors of `data` under `schema`, one per field and keyword; `name` is the failed keyword, for translation. */
export function formErrors(schema: RJSFSchema, data: unknown): RJSFValidationError[] {
  return outputOf(schema, data)
    .filter((unit) => !containers.has(unit.keyword))
    .map((unit) => ({
      name: unit.keyword,
      property: propertyOf(unit),
      message: unit.error,
      stack: unit.error,
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
