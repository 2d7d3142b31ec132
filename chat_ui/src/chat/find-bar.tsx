/** Searching one conversation: the words, how many messages hold them, and the way from one to the next. */
import { useEffect, useMemo, useRef, useState, type JSX, type KeyboardEvent } from "react";
import type { ConversationView } from "~/core/view.ts";
import { IconButton } from "~/ui/button.tsx";
import { languageOf, type Language, useI18n } from "~/ui/i18n.tsx";
import { ArrowDown, ArrowUp, X } from "~/ui/icons.ts";
import { format } from "~/ui/messages.ts";
import { useStyles } from "~/ui/styles.tsx";
import { messagesWith } from "./find.ts";
import sheet from "./find.css?inline";
import catalogue from "./find-words.json";
import { isComposing } from "./keys.ts";
import { go } from "./route.ts";
import { useFoundPlaces } from "./use-found-places.ts";

const catalogues: Readonly<Record<Language, (typeof catalogue)["en"]>> = catalogue;

/** Begins at the newest message; Enter leads to earlier ones, Shift+Enter back, Escape closes. */
export function FindBar({
  conversationId,
  view,
  onClose,
}: {
  readonly conversationId: string;
  readonly view: ConversationView;
  readonly onClose: () => void;
}): JSX.Element {
  useStyles(sheet);
  const { locale } = useI18n();
  const said = catalogues[languageOf(locale)];
  const [words, setWords] = useState("");
  const [current, setCurrent] = useState<string | undefined>();
  const field = useRef<HTMLInputElement>(null);
  const found = useMemo(() => messagesWith(words, view), [words, view]);
  const at = current === undefined ? -1 : found.indexOf(current);
  useEffect(() => field.current?.focus(), []);
  useFoundPlaces(field, words);
  const show = (messageId: string | undefined): void => {
    setCurrent(messageId);
    if (messageId !== undefined) go({ conversationId, messageId }, { replace: true });
  };
  const search = (next: string): void => {
    setWords(next);
    const matching = messagesWith(next, view);
    if (current === undefined || !matching.includes(current)) show(matching.at(-1));
  };
  const step = (by: number): void => {
    if (found.length > 0) show(found[(Math.max(at, 0) + by + found.length) % found.length]);
  };
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    if (isComposing(event)) return;
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter" && event.target === field.current) step(event.shiftKey ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const count = format(said.count, { at: at + 1, count: found.length }, locale);
  return (
    <search className="find" onKeyDown={press}>
      <input
        ref={field}
        type="search"
        className="input"
        aria-label={said.label}
        placeholder={said.label}
        value={words}
        onInput={(event) => search(event.currentTarget.value)}
      />
      <span className="find-count muted" role="status">
        {words.trim() === "" ? "" : found.length === 0 ? said.none : count}
      </span>
      <IconButton icon={ArrowUp} label={said.older} onClick={() => step(-1)} />
      <IconButton icon={ArrowDown} label={said.newer} onClick={() => step(1)} />
      <IconButton icon={X} label={said.close} onClick={onClose} />
    </search>
  );
}
