/** A flow waits for another system: nothing to answer, only to know. */
import type { JSX } from "react";
import { Badge } from "~/ui/feedback.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Card } from "~/ui/card.tsx";
import { cardId } from "./actions.ts";
import { kindIcons } from "./kinds.ts";
import type { CardProps } from "./request-card.tsx";
import { RequestMeta, When } from "./request-meta.tsx";
import { useTakeBack } from "./take-back.tsx";

/** Says what it waits for and since when. */
export function CallbackCard({ interrupt, actions }: CardProps): JSX.Element {
  const text = useText();
  const takeBack = useTakeBack(interrupt, actions);
  return (
    <Card
      id={cardId(interrupt.interruptId)}
      icon={kindIcons.callback}
      title={interrupt.title}
      state={
        <>
          <Badge>{text("card.waiting")}</Badge>
          {takeBack.menu}
        </>
      }
    >
      <RequestMeta interrupt={interrupt} />
      <p className="muted">
        {text("card.callback")} <When at={interrupt.openedAt} />
      </p>
      {takeBack.question}
    </Card>
  );
}
