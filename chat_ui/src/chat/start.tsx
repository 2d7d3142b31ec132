/** The start: whom one can talk to, and a few first sentences. */
import { useState, type JSX, type ReactNode } from "react";
import type { PeerCard } from "~/core/api.ts";
import { Button } from "~/ui/button.tsx";
import { Banner } from "~/ui/banner.tsx";
import { Skeleton } from "~/ui/feedback.tsx";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Bot, ChevronRight } from "~/ui/icons.ts";
import { useProblemText } from "~/ui/problem-text.ts";
import { useStyles } from "~/ui/styles.tsx";
import welcome from "./welcome.css?inline";

/** A card per Peer; pressing it, or one of its first sentences, starts a conversation. */
export function Start({
  peers,
  problem,
  leading,
  onRetry,
  onStart,
}: {
  readonly peers: readonly PeerCard[] | null;
  readonly problem: unknown;
  readonly leading: ReactNode;
  readonly onRetry: () => void;
  readonly onStart: (peer: PeerCard, firstMessage?: string) => Promise<void>;
}): JSX.Element {
  const text = useText();
  useStyles(welcome);
  const told = useProblemText();
  const [refusal, setRefusal] = useState<unknown>(null);
  const start = (peer: PeerCard, firstMessage?: string): void => {
    onStart(peer, firstMessage).catch(setRefusal);
  };
  return (
    <section className="pane" aria-labelledby="start-title">
      <header className="pane-head" data-bare="true">
        {leading}
      </header>
      <div className="start">
        <h1 id="start-title" className="start-title">
          {text("start.title")}
        </h1>
        {refusal !== null && (
          <Banner tone="bad" urgent>
            {told(refusal)}
          </Banner>
        )}
        {problem !== null && (
          <Banner
            tone="bad"
            urgent
            action={
              <Button size="small" onClick={onRetry}>
                {text("message.retry")}
              </Button>
            }
          >
            {text("start.problem", { reason: told(problem) })}
          </Banner>
        )}
        {peers === null && problem === null && <Skeleton lines={4} />}
        {peers?.length === 0 && <p className="muted">{text("start.empty")}</p>}
        <ul role="list" className="start-list">
          {peers?.map((peer) => (
            <li key={peer.id} className="peer-card">
              <button type="button" className="peer-card-head" onClick={() => start(peer)}>
                <Icon of={Bot} />
                <span className="peer-card-name words">{peer.name}</span>
                <Icon of={ChevronRight} flips className="peer-card-go" />
              </button>
              {peer.description && <p className="muted words">{peer.description}</p>}
              <div className="starters">
                {peer.starters?.map((starter) => (
                  <Button
                    key={starter}
                    size="small"
                    className="words"
                    onClick={() => start(peer, starter)}
                  >
                    {starter}
                  </Button>
                ))}
              </div>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
