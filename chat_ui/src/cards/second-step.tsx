/** Asks a second time, in the place of what was pressed. */
import { useEffect, useRef, type JSX } from "react";
import { Button, type ButtonState } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";

/** The safe button gets the focus: a second press of Enter must not decide. */
export function SecondStep({
  question,
  label,
  state,
  onBack,
  onConfirm,
}: {
  readonly question: string;
  readonly label: string;
  readonly state: ButtonState;
  readonly onBack: () => void;
  readonly onConfirm: () => void;
}): JSX.Element {
  const text = useText();
  const back = useRef<HTMLSpanElement>(null);
  useEffect(() => back.current?.querySelector("button")?.focus(), []);
  return (
    <div className="second-step" role="group" aria-label={question}>
      <p>{question}</p>
      <span ref={back}>
        <Button state={state === "ready" ? "ready" : "inert"} onClick={onBack}>
          {text("card.back")}
        </Button>
      </span>
      <Button kind="danger" state={state} onClick={onConfirm}>
        {label}
      </Button>
    </div>
  );
}
