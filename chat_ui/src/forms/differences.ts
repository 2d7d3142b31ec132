/** Where two JSON values differ, and how to carry one difference over. Arrays are one value: they are never merged by index. */
import type { Json } from "~/protocol/wire.gen.ts";

/** A JSON object. */
export type JsonObject = { [name: string]: Json };

/** One place, by JSON Pointer; an absent value is undefined. */
export interface Difference {
  pointer: string;
  before: Json | undefined;
  after: Json | undefined;
}

/** A name as one step of a JSON Pointer. */
export function step(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The names of a JSON Pointer. */
export function namesOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Every place where `after` is not `before`, in the order of the keys. */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  pointer = "",
): Difference[] {
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      differences(own(before, name), own(after, name), pointer + step(name)),
    );
  }
  return isSame(before, after) ? [] : [{ pointer, before, after }];
}

/** The value at a pointer, or undefined. */
export function valueAt(values: Json | undefined, pointer: string): Json | undefined {
  let value = values;
  for (const name of namesOf(pointer)) {
    if (Array.isArray(value)) value = value[Number(name)];
    else value = isObject(value) ? own(value, name) : undefined;
  }
  return value;
}

/** `values` with `value` at a pointer; undefined takes it out. Missing objects on the way are made. */
export function withValue(
  values: JsonObject,
  pointer: string,
  value: Json | undefined,
): JsonObject {
  const [name, ...rest] = namesOf(pointer);
  if (name === undefined) return values;
  if (rest.length === 0) {
    const { [name]: _, ...others } = values;
    return value === undefined ? others : { ...values, [name]: value };
  }
  const inner = own(values, name);
  const child = isObject(inner) ? inner : {};
  return { ...values, [name]: withValue(child, rest.map(step).join(""), value) };
}

/** Whether a JSON value is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return Object.is(a, b) || JSON.stringify(a) === JSON.stringify(b);
}
