/** A flow asks this browser to do something: says what, and asks first where it concerns the person. */
import { useState, type JSX } from "react";
import { Button } from "~/ui/button.tsx";
import { Card, Facts } from "~/ui/card.tsx";
import { Badge } from "~/ui/feedback.tsx";
import { type MessageKey, type Text, useText } from "~/ui/i18n.tsx";
import { Spinner } from "~/ui/spinner.tsx";
import type { ToolOffer } from "~/core/client-tools.ts";
import { cardId } from "./actions.ts";
import { kindIcons } from "./kinds.ts";
import type { ClientToolPayload } from "./payloads.ts";
import type { CardProps } from "./request-card.tsx";
import { RequestMeta } from "./request-meta.tsx";
import { useTakeBack } from "./take-back.tsx";
import { factsOf } from "./shown-facts.tsx";

/** Runs by itself, waits for a press, or waits for a browser that can. */
export function ClientToolCard({ interrupt, actions }: CardProps): JSX.Element {
  const text = useText();
  const takeBack = useTakeBack(interrupt, actions);
  const payload = interrupt.payload as unknown as ClientToolPayload;
  const offer: ToolOffer = actions.offersTool?.(payload.toolName) ?? "automatic";
  const [pressed, setPressed] = useState<"share" | "decline" | null>(null);
  const press = async (which: "share" | "decline"): Promise<void> => {
    if (pressed !== null) return;
    setPressed(which);
    const act = which === "share" ? actions.runClientTool : actions.declineClientTool;
    await Promise.resolve(act?.(interrupt.interruptId)).catch(() => undefined);
    setPressed(null); // still open: another tab has it, or the way was cut; it may be pressed again
  };
  const stateOf = (which: "share" | "decline"): "ready" | "busy" | "inert" =>
    pressed === null ? "ready" : pressed === which ? "busy" : "inert";
  const asks = offer === "asks";
  return (
    <Card
      id={cardId(interrupt.interruptId)}
      icon={kindIcons.client_tool}
      title={interrupt.title}
      state={
        <>
          <Badge tone={asks ? "warn" : "plain"}>{text(asks ? "card.open" : "card.waiting")}</Badge>
          {takeBack.menu}
        </>
      }
      actions={
        asks && (
          <>
            <Button state={stateOf("decline")} onClick={() => void press("decline")}>
              {text("tool.decline")}
            </Button>
            <Button kind="primary" state={stateOf("share")} onClick={() => void press("share")}>
              {text("tool.share")}
            </Button>
          </>
        )
      }
    >
      <RequestMeta interrupt={interrupt} />
      {payload.message && <p>{payload.message}</p>}
      <p>{text(wordsOf(offer), { tool: nameOf(payload.toolName, text) })}</p>
      <Facts facts={factsOf(payload.parameters)} />
      {offer === "automatic" && (
        <p className="request-running">
          <Spinner size={16} /> {text("tool.running")}
        </p>
      )}
      {takeBack.question}
    </Card>
  );
}

const known: Readonly<Record<string, MessageKey>> = {
  getLocation: "tool.name.getLocation",
  getTimeZone: "tool.name.getTimeZone",
};

/** What a tool is about in plain words; its own name, quoted, if it is the page's invention. */
function nameOf(toolName: string, text: Text): string {
  const key = Object.hasOwn(known, toolName) ? known[toolName] : undefined;
  return key === undefined ? text("tool.name.other", { name: toolName }) : text(key);
}

function wordsOf(offer: ToolOffer): "tool.willAsk" | "tool.willRun" | "tool.nowhere" {
  if (offer === "asks") return "tool.willAsk";
  return offer === "automatic" ? "tool.willRun" : "tool.nowhere";
}
