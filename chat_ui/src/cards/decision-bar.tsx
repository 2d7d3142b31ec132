/** The buttons of an approval; a destructive one asks a second time, in the same place. */
import { useState, type JSX } from "react";
import { Button, type ButtonState } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { decisionLabel } from "./outcome.ts";
import type { Decision } from "./payloads.ts";
import { SecondStep } from "./second-step.tsx";

/** `onCheck` says whether a decision may go out now; `onDecide` sends it. */
export interface DecisionBarProps {
  readonly decisions: readonly Decision[];
  readonly pressed: string | null;
  readonly isEdited: boolean;
  readonly onCheck: (decision: Decision) => boolean;
  readonly onDecide: (decision: Decision) => void;
}

/** The safe ones first, the consequential one at the end side. */
export function DecisionBar(props: DecisionBarProps): JSX.Element {
  const { decisions, pressed, isEdited, onCheck, onDecide } = props;
  const text = useText();
  const [asking, setAsking] = useState<Decision | null>(null);
  const ordered = [...decisions].toSorted((a, b) => rank(a) - rank(b));
  if (asking !== null) {
    return (
      <SecondStep
        question={text("card.sure", { label: decisionLabel(asking, text) })}
        label={decisionLabel(asking, text)}
        state={stateOf(asking, pressed)}
        onBack={() => setAsking(null)}
        onConfirm={() => onDecide(asking)}
      />
    );
  }
  const choose = (decision: Decision): void => {
    if (!onCheck(decision)) return;
    if (decision.style === "danger") setAsking(decision);
    else onDecide(decision);
  };
  return (
    <>
      {ordered.map((decision) => {
        const label = decisionLabel(decision, text);
        const withEdits = isEdited && decision.name !== "reject";
        return (
          <Button
            key={decision.name}
            kind={decision.style === "primary" ? "primary" : "plain"}
            className={decision.style === "danger" ? "decision-danger" : ""}
            state={stateOf(decision, pressed)}
            onClick={() => choose(decision)}
          >
            {withEdits ? text("card.withChanges", { label }) : label}
          </Button>
        );
      })}
    </>
  );
}

function stateOf(decision: Decision, pressed: string | null): ButtonState {
  if (pressed === null) return "ready";
  return pressed === decision.name ? "busy" : "inert";
}

function rank({ style }: Decision): number {
  if (style === "primary") return 2;
  return style === "danger" ? 0 : 1;
}
