/** What a person has typed into a widget and not yet sent. */
import { useMemo, useState } from "react";
import { read, write, type Json } from "./json.ts";

type Edit = { readonly value: Json; readonly over: string };

const same = (value: Json | undefined): string => JSON.stringify(value ?? null);

/**
 * The state with local edits laid over it. An edit lasts until the server changes the very value that was edited,
 * so a patch elsewhere never takes away half-typed text.
 */
export function useEdits(
  state: Json | undefined,
): readonly [Json | undefined, (pointer: string, value: Json) => void] {
  const [edits, setEdits] = useState<ReadonlyMap<string, Edit>>(new Map());
  const edited = useMemo(() => {
    let result = state;
    for (const [pointer, edit] of edits) {
      if (edit.over === same(read(state, pointer))) result = write(result, pointer, edit.value);
    }
    return result;
  }, [state, edits]);
  const edit = (pointer: string, value: Json): void =>
    setEdits((before) => new Map(before).set(pointer, { value, over: same(read(state, pointer)) }));
  return [edited, edit];
}
