/** What every part of a transcript draws from; the same object until something in it changes. */
import type { CardActions } from "~/cards/actions.ts";
import type { ConversationView } from "~/core/view.ts";
import type { DraftState } from "~/protocol/wire.gen.ts";

/** The text in flight is not in it: it changes too often, and only one message shows it. */
export interface Shown {
  readonly conversationId: string;
  readonly view: ConversationView;
  readonly drafts: Readonly<Record<string, DraftState>>;
  readonly actions: CardActions;
  /** Puts words into the composer as a quotation. */
  readonly quote: (words: string) => void;
}
