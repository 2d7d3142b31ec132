/** One attempt to come in: busy while it runs, with the words of the refusal afterwards. */
import { useState } from "react";
import { ApiProblem } from "~/core/api.ts";
import type { Actor } from "~/protocol/wire.gen.ts";
import { useText } from "~/ui/i18n.tsx";
import { problemText } from "~/ui/problem-text.ts";
import { useKnownRefusal } from "./sign-in-words.ts";

/** What a form of the sign-in screen shows, and how it tries. */
export interface Attempt {
  readonly error: string | undefined;
  readonly isBusy: boolean;
  readonly run: (enter: () => Promise<Actor>) => Promise<void>;
}

/** Tries to come in, and tells `onSignedIn` who did; `wrong` says what a credential that does not fit means here. */
export function useEntry(onSignedIn: (me: Actor) => void, wrong?: string): Attempt {
  const text = useText();
  const refusal = useKnownRefusal();
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const wordsFor = (problem: unknown): string => {
    const code = problem instanceof ApiProblem ? problem.code : "";
    const isWrong = code === "unauthenticated" && wrong !== undefined;
    return isWrong ? wrong : (refusal(code) ?? problemText(problem, text));
  };
  const run = async (enter: () => Promise<Actor>): Promise<void> => {
    setBusy(true);
    try {
      onSignedIn(await enter());
    } catch (problem) {
      setError(wordsFor(problem));
      setBusy(false);
    }
  };
  return { error, isBusy, run };
}
