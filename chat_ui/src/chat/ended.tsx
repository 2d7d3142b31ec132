/** In place of the composer once the session is over. */
import type { JSX } from "react";
import { Button } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";

/** The reason, and the way to a new conversation; the transcript above stays readable. */
export function Ended({
  ended,
  onStartNew,
}: {
  readonly ended: { readonly reason: string };
  readonly onStartNew: (() => void) | undefined;
}): JSX.Element {
  useStyles(asides);
  const text = useText();
  return (
    <div className="ended" role="status">
      <p>{text("ended.reason", { reason: ended.reason.replaceAll("_", " ") })}</p>
      {onStartNew && (
        <Button kind="primary" onClick={onStartNew}>
          {text("ended.startNew")}
        </Button>
      )}
    </div>
  );
}
