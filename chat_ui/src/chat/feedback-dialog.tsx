/** "Not good", with a reason if the person wants to give one. */
import { useState, type JSX } from "react";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Field } from "~/ui/field.tsx";
import { useText } from "~/ui/i18n.tsx";

/** Asks why; `onSend` gets the reason, "" for none. */
export function FeedbackDialog({
  onSend,
  onClose,
}: {
  readonly onSend: (reason: string) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const text = useText();
  const [reason, setReason] = useState("");
  return (
    <Dialog
      open
      title={text("feedback.title")}
      onClose={onClose}
      actions={
        <Button kind="primary" onClick={() => onSend(reason.trim())}>
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
  );
}
