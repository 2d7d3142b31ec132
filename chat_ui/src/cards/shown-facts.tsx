/** JSON as a definition list. */
import type { ReactNode } from "react";
import type { Fact } from "~/ui/card.tsx";
import { useText } from "~/ui/i18n.tsx";
import type { Json } from "~/protocol/wire.gen.ts";
import { isObject, namesOf, step } from "~/forms/differences.ts";
import { fieldSchema, shownValue, titleAt } from "~/forms/titles.ts";
import type { ShownFact } from "./payloads.ts";
import { Change, Value } from "./value-text.tsx";

/** Facts as a flow states them. */
export function shownFacts(facts: readonly ShownFact[]): Fact[] {
  return facts.map(({ label, value }) => ({ label, value: <Value of={value} /> }));
}

/** The members of an object, labelled by the titles of its schema where there are any. */
export function factsOf(value: Json | undefined, schema?: Json): Fact[] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, item]) => {
    const field = fieldSchema(schema, name);
    const isFile = field?.["format"] === "file";
    return {
      label: titleAt(schema, step(name)),
      value: isFile ? <FileName /> : <Value of={shownValue(field, item)} />,
    };
  });
}

/** Changes, labelled by the titles of the schema. `path` is a JSON Pointer. */
export function changeFacts(
  changes: readonly { path: string; before?: Json | undefined; after?: Json | undefined }[],
  schema?: Json,
): Fact[] {
  return changes.map(({ path, before, after }) => {
    const [name = "", ...deeper] = namesOf(path);
    const field = deeper.length === 0 ? fieldSchema(schema, name) : undefined;
    const shown = (value: Json | undefined): Json | undefined =>
      value === undefined ? undefined : shownValue(field, value);
    return {
      label: titleAt(schema, path),
      value: <Change before={shown(before)} after={shown(after)} />,
    };
  });
}

/** The value of a file field is an id, which tells nobody anything. */
function FileName(): ReactNode {
  return useText()("form.attached");
}
