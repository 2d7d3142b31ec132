/** The way back to the newest message, for whoever reads further up. */
import type { JSX } from "react";
import { Button, IconButton } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";
import { ArrowDown } from "~/ui/icons.ts";
import { useKeyHint } from "./use-key-hint.ts";

/** Floats above the end of the transcript; says so when something came that the reader has not seen. */
export function ToEnd({
  hasNews,
  onPress,
}: {
  readonly hasNews: boolean;
  readonly onPress: () => void;
}): JSX.Element {
  const text = useText();
  useStyles(asides);
  const hint = useKeyHint("newest");
  return (
    <div className="to-end">
      {hasNews ? (
        <Button
          size="small"
          icon={ArrowDown}
          title={hint.keys}
          aria-keyshortcuts={hint["aria-keyshortcuts"]}
          onClick={onPress}
        >
          {text("transcript.news")}
        </Button>
      ) : (
        <IconButton
          kind="plain"
          className="to-end-plain"
          icon={ArrowDown}
          label={text("transcript.toEnd")}
          {...hint}
          onClick={onPress}
        />
      )}
    </div>
  );
}
