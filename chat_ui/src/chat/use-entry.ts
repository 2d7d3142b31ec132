/** One attempt to come in: busy while it runs, with the words of the refusal afterwards. */
import { useState } from "react";
import type { Actor } from "~/protocol/wire.gen.ts";

/** What a form of the sign-in screen shows, and how it tries. */
export interface Attempt {
  readonly error: string | undefined;
  readonly isBusy: boolean;
  readonly run: (enter: () => Promise<Actor>) => Promise<void>;
}

/** Tries to come in, and tells `onSignedIn` who did. */
export function useEntry(onSignedIn: (me: Actor) => void, problem?: string): Attempt {
  const [error, setError] = useState(problem);
  const [isBusy, setBusy] = useState(false);
  const run = async (enter: () => Promise<Actor>): Promise<void> => {
    setBusy(true);
    try {
      onSignedIn(await enter());
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : String(refusal));
      setBusy(false);
    }
  };
  return { error, isBusy, run };
}
