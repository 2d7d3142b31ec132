/** The first visible reaction: a quiet line as long as the Peer works and has nothing to show yet. */
import type { JSX } from "react";
import type { ConversationState } from "~/core/conversation.ts";
import { useText } from "~/ui/i18n.tsx";

/** Nothing once text streams. */
export function Working({
  state,
  isSending,
}: {
  readonly state: ConversationState;
  readonly isSending: boolean;
}): JSX.Element | null {
  const text = useText();
  const { view, streaming } = state;
  const isStreaming = Object.values(streaming).some((words) => words !== "");
  if (isStreaming || (view.activeTurnId === null && !isSending)) return null;
  return (
    <p className="working muted">
      <span className="working-dots" aria-hidden="true">
        <span />
        <span />
        <span />
      </span>
      {text("transcript.working")}
    </p>
  );
}
