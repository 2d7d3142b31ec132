/** The card of a request. What it is made of loads with the first card. */
import { lazy, Suspense, type JSX } from "react";
import type { Interrupt } from "~/core/view.ts";
import type { DraftState } from "~/protocol/wire.gen.ts";
import { Skeleton } from "~/ui/feedback.tsx";
import { persistently } from "~/ui/later.tsx";
import { type CardActions, cardId } from "./actions.ts";
import { visibleText } from "./visible-text.ts";

const RequestCard = lazy(() => persistently(() => import("./request-card.tsx")));

/** A view of one row: the same request always draws the same card, whatever happened before. */
export interface InterruptCardProps {
  readonly interrupt: Interrupt;
  /** The half-typed form as the server keeps it. */
  readonly draft: DraftState | undefined;
  readonly actions: CardActions;
}

/** Asks while the request is open, folds to one line when it is closed. */
export function InterruptCard(props: InterruptCardProps): JSX.Element {
  const loading = (
    <div className="card" id={cardId(props.interrupt.interruptId)} aria-busy="true" tabIndex={-1}>
      <div className="card-head">{visibleText(props.interrupt.title)}</div>
      <div className="card-body">
        <Skeleton lines={3} />
      </div>
    </div>
  );
  return (
    <Suspense fallback={loading}>
      <RequestCard key={props.interrupt.interruptId} {...props} />
    </Suspense>
  );
}
