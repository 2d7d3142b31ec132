/** What an answer rests on: a chip for each passage, which opens the passage and where it is from. */
import { useCallback, useEffect, useRef, useState, type JSX } from "react";
import type { Citation } from "~/protocol/wire.gen.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { languageOf, type Language, useI18n } from "~/ui/i18n.tsx";
import { Icon } from "~/ui/icon.tsx";
import { File } from "~/ui/icons.ts";
import { format } from "~/ui/messages.ts";
import { useStyles } from "~/ui/styles.tsx";
import { dressMarkers } from "./citation-markers.ts";
import sheet from "./citations.css?inline";
import words from "./citations-words.json";

type Words = (typeof words)["en"];
const catalogues: Readonly<Record<Language, Words>> = words;

/** The chips come in the order of their numbers. Inside a message, its words open the passages that they name too. */
export function Citations({ all }: { readonly all: readonly Citation[] }): JSX.Element {
  useStyles(sheet);
  const { locale } = useI18n();
  const said = catalogues[languageOf(locale)];
  const [open, setOpen] = useState<Citation | null>(null);
  const chips = useRef<HTMLUListElement>(null);
  const nameOf = useCallback(
    (one: Citation) => format(said.open, { number: one.number, document: one.document }, locale),
    [said, locale],
  );
  useEffect(() => {
    const body = chips.current?.closest("[data-message]")?.querySelector(".message-text");
    if (!body) return;
    const dress = (): void => dressMarkers(body, all, { name: nameOf, open: setOpen });
    dress();
    // The text is drawn anew when the parser comes.
    const drawn = new MutationObserver(dress);
    drawn.observe(body, { childList: true, subtree: true });
    return () => drawn.disconnect();
  }, [all, nameOf]);
  return (
    <>
      <ul role="list" className="chips" aria-label={said.sources} ref={chips}>
        {all.map((one) => (
          <li key={one.number}>
            <button
              type="button"
              className="chip chip-button"
              aria-haspopup="dialog"
              aria-label={nameOf(one)}
              onClick={() => setOpen(one)}
            >
              <span className="citation-number">{one.number}</span>
              <span className="chip-name" dir="auto">
                {one.document}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Dialog open={open !== null} title={open?.document ?? ""} onClose={() => setOpen(null)}>
        {open !== null && (
          <figure className="citation">
            <blockquote dir="auto">{open.text}</blockquote>
            <figcaption className="muted">
              <Icon of={File} size={16} /> {[open.source, open.place].filter(Boolean).join(" · ")}
            </figcaption>
          </figure>
        )}
      </Dialog>
    </>
  );
}
