/** Asks for a decision: what it rests on, what may be changed, why, and the buttons. */
import { lazy, Suspense, useRef, useState, type JSX } from "react";
import { Card, Facts } from "~/ui/card.tsx";
import { Banner } from "~/ui/banner.tsx";
import { Badge, Skeleton } from "~/ui/feedback.tsx";
import { useText } from "~/ui/i18n.tsx";
import { persistently } from "~/ui/later.tsx";
import { cardId } from "./actions.ts";
import type { ApprovalInputsHandle } from "./approval-inputs.tsx";
import { CommentField } from "./comment-field.tsx";
import { DecisionBar } from "./decision-bar.tsx";
import { kindIcons } from "./kinds.ts";
import { type ApprovalPayload, type Decision, decisionsOf, type Resolution } from "./payloads.ts";
import { ProblemBanner } from "./problem-banner.tsx";
import type { CardProps } from "./request-card.tsx";
import { RequestMeta } from "./request-meta.tsx";
import { useTakeBack } from "./take-back.tsx";
import { changeFacts, shownFacts } from "./shown-facts.tsx";

const ApprovalInputs = lazy(() => persistently(() => import("./approval-inputs.tsx")));

/** A rejection takes nothing along but the comment: edits and fields belong to going on. */
export function ApprovalCard({ interrupt, actions, answer }: CardProps): JSX.Element {
  const text = useText();
  const takeBack = useTakeBack(interrupt, actions);
  const payload = interrupt.payload as unknown as ApprovalPayload;
  const needed = payload.comment ?? "optional";
  const [comment, setComment] = useState("");
  const [needsComment, setNeedsComment] = useState(false);
  const [isEdited, setEdited] = useState(false);
  const inputs = useRef<ApprovalInputsHandle | null>(null);
  const hasInputs = payload.editable !== undefined || payload.form !== undefined;
  const isWithInputs = (decision: Decision): boolean => hasInputs && decision.name !== "reject";

  /** Whether the decision may go out; what is missing is marked and gets the focus. */
  const check = (decision: Decision): boolean => {
    if (isWithInputs(decision) && inputs.current?.check() !== true) return false;
    const lacks =
      (needed === "required" || decision.needsComment === true) && comment.trim() === "";
    setNeedsComment(lacks);
    return !lacks;
  };
  const decide = async (decision: Decision): Promise<void> => {
    const resolution: Resolution = { decision: decision.name };
    if (comment.trim() !== "") resolution.comment = comment.trim();
    if (isWithInputs(decision)) Object.assign(resolution, inputs.current?.read());
    const problem = await answer.send(decision.name, { ...resolution });
    if (problem !== null) inputs.current?.refuse(problem.fields);
  };
  return (
    <Card
      id={cardId(interrupt.interruptId)}
      icon={kindIcons.approval}
      title={interrupt.title}
      state={
        <>
          <Badge tone="warn">{text("card.open")}</Badge>
          {takeBack.menu}
        </>
      }
      actions={
        <DecisionBar
          decisions={decisionsOf(payload)}
          pressed={answer.pressed}
          isEdited={isEdited}
          onCheck={check}
          onDecide={(decision) => void decide(decision)}
        />
      }
    >
      <RequestMeta interrupt={interrupt} />
      {payload.changed && payload.changed.length > 0 && (
        <Banner tone="warn">
          <p>{text("card.changed")}</p>
          <Facts facts={changeFacts(payload.changed)} />
        </Banner>
      )}
      {payload.message && <p className="request-message words">{payload.message}</p>}
      {payload.facts && payload.facts.length > 0 && <Facts facts={shownFacts(payload.facts)} />}
      {hasInputs && (
        <Suspense fallback={<Skeleton lines={2} />}>
          <ApprovalInputs
            payload={payload}
            handle={inputs}
            onEdited={setEdited}
            upload={actions.upload}
          />
        </Suspense>
      )}
      {needed !== "none" && (
        <CommentField
          value={comment}
          onChange={setComment}
          isRequired={needed === "required"}
          isMissing={needsComment && comment.trim() === ""}
        />
      )}
      <ProblemBanner problem={answer.problem} />
      {takeBack.question}
    </Card>
  );
}
