/** Whether what was typed is safe. No live region: it changes at every pause. */
import type { JSX } from "react";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Check, TriangleAlert } from "~/ui/icons.ts";
import type { DraftStatus } from "./draft-keeper.ts";

/** Nothing before the first key. */
export function DraftMark({ status }: { readonly status: DraftStatus }): JSX.Element | null {
  const text = useText();
  if (status === "none") return null;
  return (
    <span className="draft-mark" data-status={status}>
      {status === "saved" && <Icon of={Check} size={16} />}
      {status === "failed" && <Icon of={TriangleAlert} size={16} />}
      {text(`form.draft.${status}`)}
    </span>
  );
}
