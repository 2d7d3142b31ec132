/** The state of one form: values, what was looked at, and what is wrong, whoever found it. */
import { createSchemaUtils, type RJSFSchema } from "@rjsf/utils";
import { useMemo, useState } from "react";
import { useText } from "~/ui/i18n.tsx";
import { differences, type JsonObject, namesOf } from "./differences.ts";
import type { Errors, FormState } from "./form-state.ts";
import { messagesOf, pick, type Refusal, standing } from "./shown-errors.ts";
import { faultsOf, validator } from "./validator.ts";
import { visibleValues } from "./visible.ts";

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
  const wrong = messagesOf(faults, text);
  const isShown = (pointer: string): boolean =>
    checked === "all" ||
    checked.has(namesOf(pointer)[0] ?? "") ||
    (left.has(pointer) && touched.has(pointer));
  return {
    schema,
    values,
    sent,
    errors: { ...standing(refusal, values), ...pick(wrong, isShown) },
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

/** JSON knows no undefined: an emptied field is absent. */
function clean(values: unknown): JsonObject | undefined {
  return values === undefined ? undefined : (JSON.parse(JSON.stringify(values)) as JsonObject);
}
