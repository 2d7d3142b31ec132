/** "Report": a reason, a comment if the person wants to give one, and who will read it. */
import { useState, type JSX } from "react";
import type { MessageReport } from "~/protocol/wire.gen.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Field } from "~/ui/field.tsx";
import { useText } from "~/ui/i18n.tsx";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";

/** What is told of the answer. */
export type Report = Pick<MessageReport, "reason" | "comment">;

const reasons = ["harmful", "wrong", "private", "unwanted", "other"] as const;

/** `before` is the reason that was given earlier, if one was. Resolves once the report has arrived, or was refused. */
export function ReportDialog({
  before,
  onSend,
  onClose,
}: {
  readonly before: Report["reason"] | undefined;
  readonly onSend: (report: Report) => Promise<void>;
  readonly onClose: () => void;
}): JSX.Element {
  const text = useText();
  useStyles(asides);
  const [reason, setReason] = useState(before);
  const [comment, setComment] = useState("");
  const [isBusy, setBusy] = useState(false);
  const send = async (): Promise<void> => {
    if (reason === undefined) return;
    setBusy(true);
    const words = comment.trim();
    await onSend({ reason, ...(words === "" ? {} : { comment: words }) });
    setBusy(false);
  };
  return (
    <Dialog
      open
      title={text("report.title")}
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          state={isBusy ? "busy" : reason === undefined ? "inert" : "ready"}
          onClick={() => void send()}
        >
          {text("report.send")}
        </Button>
      }
    >
      <div className="report">
        <fieldset className="report-reasons">
          <legend>{text("report.reason")}</legend>
          {reasons.map((one) => (
            <label key={one} className="choice">
              <input
                type="radio"
                name="reason"
                checked={reason === one}
                onChange={() => setReason(one)}
              />
              {text(`report.${one}`)}
            </label>
          ))}
        </fieldset>
        <Field label={text("report.comment")}>
          {(control) => (
            <textarea
              {...control}
              rows={3}
              maxLength={2000}
              value={comment}
              onInput={(event) => setComment(event.currentTarget.value)}
            />
          )}
        </Field>
        <p className="muted report-who">{text("report.who")}</p>
      </div>
    </Dialog>
  );
}
