/** Asks for values. The form itself loads with the first one. */
import { lazy, Suspense, useState, type JSX } from "react";
import type { JsonObject } from "./actions.ts";
import { Button } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { Badge, Skeleton } from "~/ui/feedback.tsx";
import { useText } from "~/ui/i18n.tsx";
import { persistently } from "~/ui/later.tsx";
import { cardId } from "./actions.ts";
import { kindIcons } from "./kinds.ts";
import type { FormPayload } from "./payloads.ts";
import { ProblemBanner } from "./problem-banner.tsx";
import { SecondStep } from "./second-step.tsx";
import type { CardProps } from "./request-card.tsx";
import { RequestMeta } from "./request-meta.tsx";

const RequestForm = lazy(() => persistently(() => import("~/forms/request-form.tsx")));
const CANCEL = "cancel";

/** Everything typed is a draft on the server; only the submit button answers. */
export function FormCard({ interrupt, draft, actions, answer }: CardProps): JSX.Element {
  const text = useText();
  const payload = interrupt.payload as unknown as FormPayload;
  const [isLeaving, setLeaving] = useState(false);
  const submit = async (formData: JsonObject): Promise<Record<string, string>> => {
    const problem = await answer.send("submit", { formData });
    return problem?.fields ?? {};
  };
  const state = answer.pressed === null ? "ready" : answer.pressed === CANCEL ? "busy" : "inert";
  const hasFields = Object.keys(answer.problem?.fields ?? {}).length > 0;
  return (
    <Card
      id={cardId(interrupt.interruptId)}
      icon={kindIcons.form}
      title={interrupt.title}
      state={<Badge tone="warn">{text("card.open")}</Badge>}
    >
      <RequestMeta interrupt={interrupt} />
      {payload.message && <p className="request-message words">{payload.message}</p>}
      <Suspense fallback={<Skeleton lines={5} />}>
        <RequestForm
          interruptId={interrupt.interruptId}
          payload={payload}
          draft={draft}
          actions={actions}
          isSending={answer.pressed === "submit"}
          onSubmit={submit}
          cancel={
            payload.cancellable && (
              <Button kind="quiet" state={state} onClick={() => setLeaving(true)}>
                {text("form.cancel")}
              </Button>
            )
          }
          question={
            isLeaving && (
              <SecondStep
                question={text("card.sure", { label: text("form.cancel") })}
                label={text("form.cancelSure")}
                state={state}
                onBack={() => setLeaving(false)}
                onConfirm={() => void answer.send(CANCEL, { cancel: true })}
              />
            )
          }
        />
      </Suspense>
      {!hasFields && <ProblemBanner problem={answer.problem} />}
    </Card>
  );
}
