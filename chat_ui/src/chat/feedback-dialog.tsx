/** "Not good", with a reason if the person wants to give one. */
import { useState, type JSX } from "react";
import type { Message } from "~/core/view.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Field } from "~/ui/field.tsx";
import { useText } from "~/ui/i18n.tsx";
import type { IconNode } from "~/ui/icons.ts";
import { useClient } from "./client.tsx";

/** A button that takes the judgement back if it was given, and else asks why. */
export function Feedback({
  icon,
  message,
  conversationId,
}: {
  readonly icon: IconNode;
  readonly message: Message;
  readonly conversationId: string;
}): JSX.Element {
  const text = useText();
  const { session } = useClient();
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const isGiven = message.feedback?.value === "down";
  const send = (value?: "down"): void => {
    setAsking(false);
    const judgement =
      value === undefined
        ? {}
        : { value, ...(reason.trim() === "" ? {} : { reason: reason.trim() }) };
    void session.request({
      type: "message.feedback",
      conversationId,
      messageId: message.messageId,
      ...judgement,
    });
  };
  return (
    <>
      <IconButton
        size="small"
        icon={icon}
        label={text("message.bad")}
        aria-pressed={isGiven}
        onClick={() => (isGiven ? send() : setAsking(true))}
      />
      <Dialog
        open={isAsking}
        title={text("feedback.title")}
        onClose={() => setAsking(false)}
        actions={
          <Button kind="primary" onClick={() => send("down")}>
            {text("feedback.send")}
          </Button>
        }
      >
        <Field label={text("feedback.reason")}>
          {(control) => (
            <textarea
              {...control}
              rows={3}
              maxLength={2000}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
      </Dialog>
    </>
  );
}
