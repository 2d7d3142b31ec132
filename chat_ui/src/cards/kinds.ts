/** The sign of each kind of request. */
import type { Interrupt } from "~/core/view.ts";
import { Clock, type IconNode, ListChecks, Monitor, ShieldCheck } from "~/ui/icons.ts";

/** The icon that a card and its chip carry. */
export const kindIcons: Readonly<Record<Interrupt["kind"], IconNode>> = {
  approval: ShieldCheck,
  form: ListChecks,
  client_tool: Monitor,
  callback: Clock,
};
