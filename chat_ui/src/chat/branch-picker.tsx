/** Goes through the versions of a message: ‹2/3›. */
import type { JSX } from "react";
import { IconButton } from "~/ui/button.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { ChevronLeft, ChevronRight } from "~/ui/icons.ts";
import { useCommand } from "./use-command.ts";

/** Nothing while there is only one. */
export function BranchPicker({
  ids,
  messageId,
  conversationId,
}: {
  readonly ids: readonly string[];
  readonly messageId: string;
  readonly conversationId: string;
}): JSX.Element | null {
  const { text } = useI18n();
  const command = useCommand();
  if (ids.length < 2) return null;
  const at = ids.indexOf(messageId);
  const show = (step: number): void => {
    const target = ids[at + step];
    if (target !== undefined)
      void command({ type: "branch.select", conversationId, messageId: target });
  };
  return (
    <span className="branches" role="group" aria-label={text("message.branches")}>
      <IconButton
        size="small"
        icon={ChevronLeft}
        label={text("message.branchBefore")}
        state={at > 0 ? "ready" : "inert"}
        onClick={() => show(-1)}
      />
      <span className="branches-count">
        {at + 1}/{ids.length}
      </span>
      <IconButton
        size="small"
        icon={ChevronRight}
        label={text("message.branchAfter")}
        state={at < ids.length - 1 ? "ready" : "inert"}
        onClick={() => show(1)}
      />
    </span>
  );
}
