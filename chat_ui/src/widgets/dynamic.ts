/** Reads what a component is bound to: literals, paths and the few functions that write values. */
import type { Binding, FunctionCall } from "./catalogue.gen.ts";
import { absolute, isRecord, read, type Json } from "./json.ts";
import { writeValue } from "./write-value.ts";

/** A property that may come from the state. */
export type Dynamic = string | number | boolean | readonly unknown[] | Binding | FunctionCall;

/** Where paths start: the state, and the place that relative paths begin at. */
export type Place = { readonly state: Json | undefined; readonly base: string };

/** The value of a property; undefined where the state has none. */
export function valueOf(
  dynamic: Dynamic | undefined,
  place: Place & { readonly locale: string },
): Json | undefined {
  if (isRecord(dynamic) && "path" in dynamic) return at(String(dynamic["path"]), place);
  if (isRecord(dynamic) && "call" in dynamic)
    return called(dynamic as unknown as FunctionCall, place); // the schema's shape
  return dynamic as Json; // a literal came from JSON
}

/** The value of a property as text; empty where the state has none. */
export function textOf(
  dynamic: Dynamic | undefined,
  place: Place & { readonly locale: string },
): string {
  return writeValue(valueOf(dynamic, place), { locale: place.locale });
}

/** The pointer a property is bound to, or undefined for a literal: what a person types goes there. */
export function pointerOf(dynamic: Dynamic | undefined, place: Place): string | undefined {
  return isRecord(dynamic) && "path" in dynamic
    ? absolute(String(dynamic["path"]), place.base)
    : undefined;
}

function at(path: string, { state, base }: Place): Json | undefined {
  return read(state, absolute(path, base));
}

/** A value inside a sentence: a day is written as people write days. */
function written(value: Json | undefined, locale: string): string {
  const isDay = typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value);
  return writeValue(value, isDay ? { format: "date", locale } : { locale });
}

function called({ call, args }: FunctionCall, place: Place & { readonly locale: string }): string {
  const { locale } = place;
  const value = valueOf(args.value, place);
  switch (call) {
    case "formatString":
      return String(value ?? "").replaceAll(/\$\{([^}]*)\}/g, (_, path: string) =>
        written(at(path, place), locale),
      );
    case "formatNumber":
      return writeValue(value, { format: "number", decimals: args.decimals, locale });
    case "formatCurrency":
      return writeValue(value, {
        format: "currency",
        currency: textOf(args.currency, place),
        decimals: args.decimals,
        locale,
      });
    case "formatDate":
      return writeValue(value, { format: args.format ?? "date", locale });
    default:
      return call satisfies never;
  }
}
