/** Chooses the card by what is asked and how it stands. */
import { useLayoutEffect, useMemo, useRef, type JSX } from "react";
import { useStyles } from "~/ui/styles.tsx";
import { ApprovalCard } from "./approval-card.tsx";
import { CallbackCard } from "./callback-card.tsx";
import styles from "./cards.css?inline";
import { ClientToolCard } from "./client-tool-card.tsx";
import { FormCard } from "./form-card.tsx";
import type { InterruptCardProps } from "./interrupt-card.tsx";
import { SettledCard } from "./settled-card.tsx";
import { type Answer, useAnswer } from "./use-answer.ts";
import { visibly } from "./visible-request.ts";

/** What every kind of card gets. */
export interface CardProps extends InterruptCardProps {
  readonly answer: Answer;
}

/** One request; loaded lazily, see `InterruptCard`. */
export default function RequestCard(props: InterruptCardProps): JSX.Element {
  useStyles(styles);
  const { actions } = props;
  const interrupt = useMemo(() => visibly(props.interrupt), [props.interrupt]);
  const answer = useAnswer(interrupt, actions);
  const frame = useRef<HTMLDivElement>(null);
  const hadFocus = frame.current?.matches(":focus-within") ?? false; // before this render takes the button away
  const before = useRef(interrupt.status);
  useLayoutEffect(() => {
    if (before.current === interrupt.status) return;
    before.current = interrupt.status;
    if (hadFocus) frame.current?.querySelector<HTMLElement>("button.card-head")?.focus();
  }, [interrupt.status, hadFocus]);
  return (
    <div ref={frame} className="request" data-kind={interrupt.kind} data-status={interrupt.status}>
      <Kind {...props} interrupt={interrupt} answer={answer} />
    </div>
  );
}

function Kind(props: CardProps): JSX.Element {
  if (props.interrupt.status !== "open") return <SettledCard {...props} />;
  switch (props.interrupt.kind) {
    case "approval":
      return <ApprovalCard {...props} />;
    case "form":
      return <FormCard {...props} />;
    case "client_tool":
      return <ClientToolCard {...props} />;
    case "callback":
      return <CallbackCard {...props} />;
  }
}
