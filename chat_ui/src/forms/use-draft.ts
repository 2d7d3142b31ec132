/** Ties a form to its draft on the server: saves what is typed, takes what another device typed. */
import { useEffect, useRef, useState } from "react";
import type { DraftState } from "~/protocol/wire.gen.ts";
import type { JsonObject } from "./differences.ts";
import { DraftKeeper, type DraftStatus, type DraftWorld } from "./draft-keeper.ts";

/** What the form must tell, and how the draft stands. */
export interface Draft {
  status: DraftStatus;
  change(values: JsonObject, pointers: readonly string[], page: number): void;
}

/** `draft` is the one that the server last told of; `world` is read anew at each call. */
export function useDraft(
  draft: DraftState | undefined,
  initial: JsonObject,
  world: Omit<DraftWorld, "onStatus">,
): Draft {
  const [status, setStatus] = useState<DraftStatus>(draft === undefined ? "none" : "saved");
  const latest = useRef(world);
  latest.current = world;
  const [keeper] = useState(
    () =>
      new DraftKeeper(
        {
          save: (...args) => latest.current.save(...args),
          onMerge: (...args) => latest.current.onMerge(...args),
          onStatus: setStatus,
        },
        { values: initial, rev: draft?.rev ?? 0, page: draft?.page ?? 0 },
      ),
  );
  useEffect(() => {
    if (draft !== undefined) keeper.receive(draft);
  }, [keeper, draft]);
  useEffect(() => {
    const save = (): void => keeper.flushNow();
    document.addEventListener("visibilitychange", save);
    addEventListener("pagehide", save);
    return () => {
      document.removeEventListener("visibilitychange", save);
      removeEventListener("pagehide", save);
      keeper.close();
    };
  }, [keeper]);
  return { status, change: (...args) => keeper.change(...args) };
}
