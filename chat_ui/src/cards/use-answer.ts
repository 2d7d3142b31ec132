/** One answer on its way: pressed at most once at a time, with what went wrong if it did. */
import { useRef, useState } from "react";
import type { Interrupt } from "~/core/view.ts";
import { useText } from "~/ui/i18n.tsx";
import type { CardActions, JsonObject } from "./actions.ts";
import { problemOf, type Problem } from "./problem.ts";

/** How the answer of this tab stands. */
export interface Answer {
  /** The button that was pressed and waits for the server; stays until the request is closed. */
  pressed: string | null;
  problem: Problem | null;
  /** Sends a resolution; a second press while one is in flight does nothing. Resolves to the problem, or null. */
  send(button: string, resolution: JsonObject): Promise<Problem | null>;
}

/** The answer to one request. It survives the settling of the card, so that a late decision can say so. */
export function useAnswer(interrupt: Interrupt, actions: CardActions): Answer {
  const text = useText();
  const isInFlight = useRef(false); // a double click comes before the next render
  const [pressed, setPressed] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (button: string, resolution: JsonObject): Promise<Problem | null> => {
    if (isInFlight.current) return null;
    isInFlight.current = true;
    setPressed(button);
    setProblem(null);
    try {
      await actions.resume(interrupt.interruptId, resolution);
      return null;
    } catch (error) {
      const found = problemOf(error, text);
      isInFlight.current = false;
      setPressed(null);
      setProblem(found);
      return found;
    }
  };
  return { pressed, problem, send };
}
