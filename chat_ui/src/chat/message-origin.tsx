/** Where an outcome that comes later began: the way back to its card or message. */
import type { JSX } from "react";
import type { Origin } from "~/protocol/wire.gen.ts";
import { OutcomeLink } from "./lazy.tsx";
import { go, place } from "./route.ts";
import type { Shown } from "./shown.ts";

/** Named after what was asked, else after the flow. */
export function MessageOrigin({
  origin,
  shown: { view, actions },
}: {
  readonly origin: Origin;
  readonly shown: Shown;
}): JSX.Element {
  const { interruptId, messageId, runId } = origin;
  const asked = interruptId === undefined ? undefined : view.interrupts[interruptId];
  const open = (): void => {
    if (interruptId !== undefined) actions.focusCard(interruptId);
    else if (messageId !== undefined) go({ ...place.get(), messageId });
  };
  return (
    <OutcomeLink
      origin={origin}
      title={asked?.title ?? view.runs[runId]?.flowName ?? ""}
      onOpen={open}
    />
  );
}
