/** The buttons of an approval; a destructive one asks a second time, in the same place. */
import { useEffect, useRef, useState, type JSX } from "react";
import { Button, type ButtonState } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { decisionLabel } from "./outcome.ts";
import type { Decision } from "./payloads.ts";

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
        decision={asking}
        pressed={pressed}
        onBack={() => setAsking(null)}
        onDecide={() => onDecide(asking)}
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

function SecondStep({
  decision,
  pressed,
  onBack,
  onDecide,
}: {
  readonly decision: Decision;
  readonly pressed: string | null;
  readonly onBack: () => void;
  readonly onDecide: () => void;
}): JSX.Element {
  const text = useText();
  const label = decisionLabel(decision, text);
  const question = text("card.sure", { label });
  const back = useRef<HTMLSpanElement>(null);
  // The safe button gets the focus: a second press of Enter must not decide.
  useEffect(() => back.current?.querySelector("button")?.focus(), []);
  return (
    <div className="second-step" role="group" aria-label={question}>
      <p>{question}</p>
      <span ref={back}>
        <Button state={pressed === null ? "ready" : "inert"} onClick={onBack}>
          {text("card.back")}
        </Button>
      </span>
      <Button kind="danger" state={stateOf(decision, pressed)} onClick={onDecide}>
        {label}
      </Button>
    </div>
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
