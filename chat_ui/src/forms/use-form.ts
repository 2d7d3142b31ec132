/** The state of one form: values, what was looked at, and what is wrong, whoever found it. */
import { createSchemaUtils, type RJSFSchema } from "@rjsf/utils";
import { useMemo, useState } from "react";
import { useText } from "~/ui/i18n.tsx";
import { differences, type JsonObject, namesOf, valueAt } from "./differences.ts";
import { faultText } from "./fault-text.ts";
import { faultsOf, validator } from "./validator.ts";
import { visibleValues } from "./visible.ts";

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

interface Refusal {
  errors: Errors;
  values: JsonObject;
}

/** A form over `schema` that begins with its defaults under `initial`. */
export function useForm(
  schema: RJSFSchema,
  initial: JsonObject = {},
  refused: Errors = {},
): FormState {
  const text = useText();
  const utils = useMemo(() => createSchemaUtils(validator, schema), [schema]);
  const [values, setValues] = useState<JsonObject>(
    () => clean(utils.getDefaultFormState(schema, initial)) ?? {},
  );
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [checked, setChecked] = useState<ReadonlySet<string> | "all">(new Set());
  const [refusal, setRefusal] = useState<Refusal>({ errors: refused, values });

  const sent = useMemo(
    () => visibleValues(schema, utils.retrieveSchema(schema, values), values),
    [schema, utils, values],
  );
  const faults = useMemo(() => faultsOf(schema, sent), [schema, sent]);
  const wrong: Record<string, string> = {};
  for (const fault of faults) wrong[fault.pointer] ??= faultText(fault, text);
  const isShown = (pointer: string): boolean =>
    checked === "all" ||
    checked.has(namesOf(pointer)[0] ?? "") ||
    (left.has(pointer) && touched.has(pointer));
  const standing = pick(
    refusal.errors,
    (pointer) =>
      differences(valueAt(refusal.values, pointer), valueAt(values, pointer)).length === 0,
  );
  return {
    schema,
    values,
    sent,
    errors: { ...standing, ...pick(wrong, isShown) },
    change(next) {
      const cleaned = clean(next) ?? {};
      const changed = differences(values, cleaned).map(({ pointer }) => pointer);
      if (changed.length === 0) return changed;
      setTouched((known) => new Set([...known, ...changed]));
      setValues(cleaned);
      return changed;
    },
    leave: (pointer) => setLeft((known) => new Set([...known, pointer])),
    check(fields) {
      setChecked((known) =>
        fields === undefined || known === "all" ? "all" : new Set([...known, ...fields]),
      );
      return fields === undefined
        ? wrong
        : pick(wrong, (pointer) => fields.includes(namesOf(pointer)[0] ?? ""));
    },
    refuse: (errors) => setRefusal({ errors, values }),
  };
}

function pick(errors: Errors, wanted: (pointer: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(errors).filter(([pointer]) => wanted(pointer)));
}

/** JSON knows no undefined: an emptied field is absent. */
function clean(values: unknown): JsonObject | undefined {
  return values === undefined ? undefined : (JSON.parse(JSON.stringify(values)) as JsonObject);
}
