/** A closed request: one line that says what, how it ended, who and when; it opens again to the whole. */
import { useState, type JSX } from "react";
import { Button } from "~/ui/button.tsx";
import { Card, Facts, type Fact } from "~/ui/card.tsx";
import { Badge, VisuallyHidden } from "~/ui/feedback.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Check } from "~/ui/icons.ts";
import { differences } from "~/forms/differences.ts";
import { cardId } from "./actions.ts";
import { kindIcons } from "./kinds.ts";
import { decisionLabel, outcomeOf, resolutionOf } from "./outcome.ts";
import {
  type ApprovalPayload,
  type ClientToolPayload,
  decisionsOf,
  type FormPayload,
} from "./payloads.ts";
import { ProblemBanner } from "./problem-banner.tsx";
import type { CardProps } from "./request-card.tsx";
import { RequestMeta, When } from "./request-meta.tsx";
import { changeFacts, factsOf, shownFacts } from "./shown-facts.tsx";
import { visibleText } from "./visible-text.ts";

/** Never answers anything: what is spent stays readable and focusable, and does nothing. */
export function SettledCard({ interrupt, actions, answer }: CardProps): JSX.Element {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  const outcome = outcomeOf(interrupt, text);
  const resolution = resolutionOf(interrupt);
  const { decidedBy, settledAt } = interrupt;
  return (
    <>
      <Card
        id={cardId(interrupt.interruptId)}
        icon={kindIcons[interrupt.kind]}
        className={interrupt.status === "settled" ? "settled" : "settled greyed"}
        title={interrupt.title}
        state={
          <span className="settled-line">
            <Badge tone={outcome.tone}>{outcome.word}</Badge>
            <span className="muted">
              {decidedBy && <span>{decidedBy.name} · </span>}
              {settledAt && <When at={settledAt} />}
            </span>
          </span>
        }
        folding={{ open: isOpen, onToggle: () => setOpen(!isOpen) }}
      >
        <RequestMeta interrupt={{ ...interrupt, expiresAt: undefined as never }} />
        {outcome.reason && <p>{outcome.reason}</p>}
        <Message payload={interrupt.payload} />
        <Told {...{ interrupt, resolution, actions }} />
        {resolution.comment && (
          <blockquote className="settled-comment words">
            <VisuallyHidden>{text("card.comment")}: </VisuallyHidden>
            {visibleText(resolution.comment)}
          </blockquote>
        )}
        <SpentButtons interrupt={interrupt} chosen={resolution.decision} />
      </Card>
      <ProblemBanner problem={answer.problem} />
    </>
  );
}

function Message({
  payload,
}: {
  readonly payload: CardProps["interrupt"]["payload"];
}): JSX.Element | null {
  const { message } = payload;
  return typeof message === "string" ? <p className="request-message words">{message}</p> : null;
}

/** What was shown and what was answered. */
function Told({
  interrupt,
  resolution,
  actions: { fileOf },
}: Pick<CardProps, "interrupt" | "actions"> & {
  readonly resolution: ReturnType<typeof resolutionOf>;
}): JSX.Element {
  const { payload } = interrupt;
  const facts: Fact[] = [];
  if (interrupt.kind === "approval") {
    const { facts: shown = [], editable, form } = payload as unknown as ApprovalPayload;
    facts.push(...shownFacts(shown));
    const edits = { ...editable?.values, ...resolution.edits };
    const changes = differences(editable?.values ?? {}, edits);
    facts.push(
      ...changeFacts(
        changes.map(({ pointer, ...change }) => ({ path: pointer, ...change })),
        editable?.schema,
      ),
    );
    facts.push(...factsOf(resolution.formData, form?.schema, fileOf));
  }
  if (interrupt.kind === "form")
    facts.push(...factsOf(resolution.formData, (payload as unknown as FormPayload).schema, fileOf));
  if (interrupt.kind === "client_tool") {
    facts.push(...factsOf((payload as unknown as ClientToolPayload).parameters));
    facts.push(...factsOf(resolution.toolResult?.output));
  }
  return <Facts facts={facts} />;
}

/** The buttons as they were, inert; words say which one it was. */
function SpentButtons({
  interrupt,
  chosen,
}: {
  readonly interrupt: CardProps["interrupt"];
  readonly chosen: string | undefined;
}): JSX.Element | null {
  const text = useText();
  if (interrupt.kind !== "approval") return null;
  const payload = interrupt.payload as unknown as ApprovalPayload;
  return (
    <div className="spent">
      {decisionsOf(payload).map((decision) => {
        const isChosen = decision.name === chosen;
        return (
          <Button
            key={decision.name}
            size="small"
            state="inert"
            {...(isChosen ? { icon: Check } : {})}
          >
            {decisionLabel(decision, text)}{" "}
            <VisuallyHidden>{text(isChosen ? "card.chosen" : "card.notChosen")}</VisuallyHidden>
          </Button>
        );
      })}
    </div>
  );
}
