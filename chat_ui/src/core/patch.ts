/** JSON Patch (RFC 6902: add, remove, replace) for widget state; the twin of `peer_server/json_patch.py`. */
import type { Json } from "~/protocol/wire.gen.ts";

/** One operation; `path` is a JSON Pointer. */
export interface Operation {
  op: "add" | "remove" | "replace";
  path: string;
  value?: Json;
}

/** The state after the patch; the given state is left untouched and unchanged parts are shared. Throws on a bad path. */
export function patched(state: Json, patch: readonly Operation[]): Json {
  return patch.reduce((current, operation) => {
    const tokens = operation.path.split("/").slice(1).map(unescape);
    return changed(current, tokens, operation);
  }, state);
}

function unescape(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

function changed(node: Json | undefined, tokens: readonly string[], operation: Operation): Json {
  const [head, ...rest] = tokens;
  if (head === undefined) return operation.value ?? null;
  if (Array.isArray(node)) return changedList(node, head, rest, operation);
  const isMap = node !== null && typeof node === "object";
  if (!isMap || (!Object.hasOwn(node, head) && (rest.length > 0 || operation.op !== "add")))
    fail(operation, head);
  if (rest.length === 0 && operation.op === "remove") {
    return Object.fromEntries(Object.entries(node).filter(([name]) => name !== head));
  }
  const below = Object.hasOwn(node, head) ? node[head] : undefined;
  return Object.fromEntries([
    ...Object.entries(node).filter(([name]) => name !== head),
    [head, changed(below, rest, operation)],
  ]);
}

function changedList(
  node: readonly Json[],
  head: string,
  rest: readonly string[],
  operation: Operation,
): Json[] {
  const adds = rest.length === 0 && operation.op === "add";
  const index = head === "-" ? node.length : /^\d+$/.test(head) ? Number(head) : -1;
  if (index < 0 || index >= node.length + (adds ? 1 : 0)) fail(operation, head);
  const before = node.slice(0, index);
  if (adds) return [...before, operation.value ?? null, ...node.slice(index)];
  if (rest.length === 0 && operation.op === "remove") return [...before, ...node.slice(index + 1)];
  return [...before, changed(node[index], rest, operation), ...node.slice(index + 1)];
}

function fail(operation: Operation, head: string): never {
  throw new Error(`${operation.op} "${operation.path}": there is nothing at "${head}"`);
}
