/** An empty conversation: who this is, what it can do, and a few first sentences. */
import type { JSX } from "react";
import type { PeerCard } from "~/core/api.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Workflow } from "~/ui/icons.ts";
import { useStyles } from "~/ui/styles.tsx";
import welcome from "./welcome.css?inline";

/** Nothing until the Peer is known. */
export function Greeting({
  peer,
  onSend,
}: {
  readonly peer: PeerCard | undefined;
  readonly onSend: (content: string) => void;
}): JSX.Element | null {
  const text = useText();
  useStyles(welcome);
  if (peer === undefined) return null;
  const tools = peer.abilities?.filter((ability) => ability.as === "tool") ?? [];
  return (
    <div className="greeting">
      <p className="greeting-words words">
        {peer.greeting || text("greeting.default", { name: peer.name })}
      </p>
      {tools.length > 0 && (
        <ul role="list" className="abilities" aria-label={text("greeting.abilities")}>
          {tools.map((ability) => (
            <li key={ability.id}>
              <Icon of={Workflow} size={16} />
              <span className="words">{ability.description || ability.name}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="starters">
        {peer.starters?.map((starter) => (
          <Button key={starter} className="words" onClick={() => onSend(starter)}>
            {starter}
          </Button>
        ))}
      </div>
      <p className="greeting-privacy muted">
        {text(peer.isScripted ? "greeting.scripted" : "greeting.privacy")}
      </p>
    </div>
  );
}
