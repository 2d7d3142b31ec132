/** JSON as a definition list. */
import type { Fact } from "~/ui/card.tsx";
import type { Json } from "~/protocol/wire.gen.ts";
import { isObject } from "~/forms/differences.ts";
import type { ShownFact } from "./payloads.ts";
import { Change, Value } from "./value-text.tsx";

/** Facts as a flow states them. */
export function shownFacts(facts: readonly ShownFact[]): Fact[] {
  return facts.map(({ label, value }) => ({ label, value: <Value of={value} /> }));
}

/** The members of an object, labelled by the titles of its schema where there are any. */
export function factsOf(value: Json | undefined, schema?: Json): Fact[] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, item]) => ({
    label: titleOf(schema, name),
    value: <Value of={item} />,
  }));
}

/** Changes, labelled by the titles of the schema. `path` is a JSON Pointer. */
export function changeFacts(
  changes: readonly { path: string; before?: Json | undefined; after?: Json | undefined }[],
  schema?: Json,
): Fact[] {
  return changes.map(({ path, before, after }) => ({
    label: titleOf(schema, path.replace(/^\//, "")),
    value: <Change before={before} after={after} />,
  }));
}

function titleOf(schema: Json | undefined, name: string): string {
  const properties = isObject(schema) ? schema["properties"] : undefined;
  const property =
    isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  const title = isObject(property) ? property["title"] : undefined;
  return typeof title === "string" && title !== "" ? title : name.replaceAll("/", " › ");
}
