/** The way back to the newest message, for whoever reads further up. */
import type { JSX } from "react";
import { Button } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { ArrowDown } from "~/ui/icons.ts";

/** Floats above the end of the transcript. */
export function ToEnd({ onPress }: { readonly onPress: () => void }): JSX.Element {
  const text = useText();
  return (
    <div className="to-end">
      <Button size="small" icon={ArrowDown} onClick={onPress}>
        {text("transcript.toEnd")}
      </Button>
    </div>
  );
}
