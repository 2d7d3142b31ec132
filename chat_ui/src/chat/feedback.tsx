/** Judging an answer: good, or not good with a reason; pressing again takes it back. */
import { useState, type JSX } from "react";
import type { Message } from "~/core/view.ts";
import { IconButton } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { ThumbsDown, ThumbsUp } from "~/ui/icons.ts";
import { FeedbackDialog } from "./lazy.tsx";
import { useCommand } from "./use-command.ts";

/** Two buttons. */
export function Feedback({
  message,
  conversationId,
}: {
  readonly message: Message;
  readonly conversationId: string;
}): JSX.Element {
  const text = useText();
  const command = useCommand();
  const [isAsking, setAsking] = useState(false);
  const { messageId, feedback } = message;
  const judge = (judgement: { value?: "up" | "down"; reason?: string }): void => {
    setAsking(false);
    void command({ type: "message.feedback", conversationId, messageId, ...judgement });
  };
  return (
    <>
      <IconButton
        size="small"
        icon={ThumbsUp}
        label={text("message.good")}
        aria-pressed={feedback?.value === "up"}
        onClick={() => judge(feedback?.value === "up" ? {} : { value: "up" })}
      />
      <IconButton
        size="small"
        icon={ThumbsDown}
        label={text("message.bad")}
        aria-pressed={feedback?.value === "down"}
        onClick={() => (feedback?.value === "down" ? judge({}) : setAsking(true))}
      />
      {isAsking && (
        <FeedbackDialog
          onClose={() => setAsking(false)}
          onSend={(reason) => judge({ value: "down", ...(reason === "" ? {} : { reason }) })}
        />
      )}
    </>
  );
}
