/** The name that people read for a value of a schema. Pure. */
import type { Json } from "~/protocol/wire.gen.ts";
import { isObject, type JsonObject, namesOf } from "./differences.ts";

/** The schema of a top-level field, wherever it is declared: in the properties or in any branch. */
export function fieldSchema(schema: Json | undefined, name: string): JsonObject | undefined {
  if (!isObject(schema)) return undefined;
  const properties = schema["properties"];
  const own =
    isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (isObject(own)) return own;
  for (const keyword of ["then", "else", "allOf", "anyOf", "oneOf"]) {
    for (const branch of [schema[keyword]].flat()) {
      const found = fieldSchema(branch, name);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The title of the value at a pointer: that of its top-level field, and the way below it. */
export function titleAt(schema: Json | undefined, pointer: string): string {
  const [name = "", ...deeper] = namesOf(pointer);
  const title = fieldSchema(schema, name)?.["title"];
  const below = deeper.map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : part));
  return [typeof title === "string" && title !== "" ? title : spoken(name), ...below].join(" › ");
}

/** The value as the field shows it: a choice by the title that the schema gives it. Lists of choices too. */
export function shownValue(field: Json | undefined, value: Json): Json {
  if (!isObject(field)) return value;
  if (Array.isArray(value)) return value.map((item) => shownValue(field["items"], item));
  for (const choice of [field["oneOf"], field["anyOf"]].flat()) {
    if (isObject(choice) && choice["const"] === value && typeof choice["title"] === "string")
      return choice["title"];
  }
  return value;
}

/** A name out of a program as people write it: `orderId` is "Order id". */
function spoken(name: string): string {
  const words = name
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .replace(/[_-]+/g, " ")
    .trim();
  return words === "" ? name : words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
}
