/** Tells screen readers what arrived, once and politely; streaming text itself is never read out piece by piece. */
import { useEffect, useRef, useState, type JSX } from "react";
import { visibleText } from "~/cards/visible-text.ts";
import type { ConversationView } from "~/core/view.ts";
import { VisuallyHidden } from "~/ui/feedback.tsx";
import { useText } from "~/ui/i18n.tsx";

/** Says when the Peer begins and when its answer is whole, and when something is asked of a person. */
export function Announcer({ view }: { readonly view: ConversationView }): JSX.Element {
  const text = useText();
  const [words, setWords] = useState("");
  const before = useRef(view);
  useEffect(() => {
    const old = before.current;
    before.current = view;
    if (old.lastSeq === 0) return; // what was there before is not news
    const asked = view.openInterrupts.find((id) => !old.openInterrupts.includes(id));
    const leaf = view.leaf === null ? undefined : view.messages[view.leaf];
    const wasStreaming = leaf !== undefined && old.messages[leaf.messageId]?.status === "streaming";
    if (asked !== undefined)
      setWords(text("announce.asked", { title: visibleText(view.interrupts[asked]?.title ?? "") }));
    else if (leaf?.role === "assistant" && wasStreaming && leaf.status !== "streaming")
      setWords(leaf.text);
    else if (view.activeTurnId !== null && old.activeTurnId === null)
      setWords(text("announce.working"));
  }, [view, text]);
  return (
    <VisuallyHidden>
      <span role="status">{words}</span>
    </VisuallyHidden>
  );
}
