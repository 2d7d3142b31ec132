/** Says when the way to the server is cut, and offers to try at once. Nothing typed or sent is lost meanwhile. */
import { useEffect, useState, type JSX } from "react";
import type { Connection } from "~/core/socket.ts";
import type { Readable } from "~/core/store.ts";
import { Button } from "~/ui/button.tsx";
import { Banner } from "~/ui/banner.tsx";
import { useText } from "~/ui/i18n.tsx";
import { WifiOff } from "~/ui/icons.ts";
import { useStore } from "./client.tsx";

const PATIENCE_MS = 800;

/** Nothing while all is well, and nothing for a cut so short that nobody would notice. */
export function ConnectionBanner({
  connection,
  onRetry,
}: {
  readonly connection: Readable<Connection>;
  readonly onRetry: () => void;
}): JSX.Element | null {
  const text = useText();
  const { state } = useStore(connection);
  const isLive = state === "live";
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (isLive) return;
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [isLive]);
  if (isLive || !isLong) return null;
  const isOffline = !navigator.onLine;
  return (
    <div className="pane-banner">
      <Banner
        tone="warn"
        icon={WifiOff}
        action={
          <Button size="small" onClick={onRetry}>
            {text("connection.retry")}
          </Button>
        }
      >
        {text(
          isOffline
            ? "connection.offline"
            : state === "connecting"
              ? "connection.connecting"
              : "connection.reconnecting",
        )}
      </Banner>
    </div>
  );
}
