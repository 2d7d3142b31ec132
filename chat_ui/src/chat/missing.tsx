/** In place of a conversation that the server will not show. */
import type { JSX } from "react";
import { Button } from "~/ui/button.tsx";
import { Banner } from "~/ui/banner.tsx";
import { useText } from "~/ui/i18n.tsx";
import { go } from "./route.ts";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";

/** Says why, and leads on. */
export function Missing(): JSX.Element {
  useStyles(asides);
  const text = useText();
  return (
    <div className="missing">
      <Banner
        tone="warn"
        action={
          <Button size="small" onClick={() => go({})}>
            {text("sidebar.new")}
          </Button>
        }
      >
        {text("missing.reason")}
      </Banner>
    </div>
  );
}
