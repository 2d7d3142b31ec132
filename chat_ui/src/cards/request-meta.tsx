/** Under the title of a card: who asks, on whose behalf, where in which flow, until when. */
import type { JSX, ReactNode } from "react";
import type { Interrupt } from "~/core/view.ts";
import { Icon } from "~/ui/icon.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { ChevronRight, Clock } from "~/ui/icons.ts";
import { exactTime, relativeTime } from "~/ui/time.ts";
import { useNow } from "~/ui/use-now.ts";

/** One quiet line; nothing that is unknown is shown. */
export function RequestMeta({ interrupt }: { readonly interrupt: Interrupt }): JSX.Element {
  const { text } = useI18n();
  const { requestedBy, onBehalfOf, path, expiresAt } = interrupt;
  const asks: ReactNode =
    requestedBy &&
    (onBehalfOf === undefined
      ? text("card.askedBy", { who: requestedBy.name })
      : text("card.askedByFor", { who: requestedBy.name, whom: onBehalfOf.name }));
  return (
    <p className="request-meta">
      {asks && <span>{asks}</span>}
      {path.length > 1 && (
        <span className="request-path">
          {path.map((entry, index) => (
            <span key={entry.runId}>
              {index > 0 && <Icon of={ChevronRight} size={14} flips />}
              {entry.flowName}
            </span>
          ))}
        </span>
      )}
      {expiresAt && (
        <span className="request-due">
          <Icon of={Clock} size={14} />
          <span>
            {text("card.due")} <When at={expiresAt} />
          </span>
        </span>
      )}
    </p>
  );
}

/** A relative time; the exact one is its title. */
export function When({ at }: { readonly at: string }): JSX.Element {
  const { locale } = useI18n();
  const now = useNow();
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={exactTime(instant, locale)}>
      {relativeTime(instant, { now, locale })}
    </time>
  );
}
