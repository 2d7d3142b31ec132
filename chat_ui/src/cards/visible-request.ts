/** A request as it is put before a person. */
import type { Interrupt } from "~/core/view.ts";
import { isObject } from "~/forms/differences.ts";
import type { Json } from "~/protocol/wire.gen.ts";
import { visibleText } from "./visible-text.ts";

/** The request with what its flow says in words made visible; what is sent back or reckoned with stays as it is. */
export function visibly(interrupt: Interrupt): Interrupt {
  const { message, facts, decisions } = interrupt.payload;
  const payload = { ...interrupt.payload };
  if (typeof message === "string") payload["message"] = visibleText(message);
  if (Array.isArray(facts)) payload["facts"] = facts.map(labelled);
  if (Array.isArray(decisions)) payload["decisions"] = decisions.map(labelled);
  return { ...interrupt, title: visibleText(interrupt.title), payload };
}

function labelled(item: Json): Json {
  if (!isObject(item) || typeof item["label"] !== "string") return item;
  return { ...item, label: visibleText(item["label"]) };
}
