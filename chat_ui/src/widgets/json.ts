/** JSON, and the way into it by pointer. */

/** What a state is made of. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Whether `value` is an object with names. */
export function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tokens(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** `path` as a pointer from the root: itself with a leading slash, else below `base`; an empty path is `base`. */
export function absolute(path: string, base: string): string {
  return path === "" ? base : path.startsWith("/") ? path : `${base}/${path}`;
}

/** The value at `pointer`, or undefined if there is none. Looks at own properties only. */
export function read(state: Json | undefined, pointer: string): Json | undefined {
  let value = state;
  for (const token of tokens(pointer)) {
    if (Array.isArray(value)) value = /^\d+$/.test(token) ? value[Number(token)] : undefined;
    else value = isRecord(value) && Object.hasOwn(value, token) ? value[token] : undefined;
  }
  return value;
}

/** A copy of `state` with `value` at `pointer`; missing objects on the way are made, the rest is shared. */
export function write(state: Json | undefined, pointer: string, value: Json): Json {
  const set = (node: Json | undefined, [head, ...rest]: readonly string[]): Json => {
    if (head === undefined) return value;
    if (Array.isArray(node))
      return node.map((item: Json, index) => (String(index) === head ? set(item, rest) : item));
    const record = isRecord(node) ? node : {};
    const below = Object.hasOwn(record, head) ? record[head] : undefined;
    return Object.fromEntries([
      ...Object.entries(record).filter(([key]) => key !== head),
      [head, set(below, rest)],
    ]);
  };
  return set(state, tokens(pointer));
}
