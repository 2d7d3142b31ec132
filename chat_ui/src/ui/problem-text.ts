/** What went wrong, in the reader's words: by the stable code of the error, else as the server says it. */
import { useCallback } from "react";
import { sentence } from "~/core/sentence.ts";
import { type MessageKey, type Text, useText } from "./i18n.tsx";
import type { Values } from "./messages.ts";

type Told = {
  code?: unknown;
  message?: unknown;
  status?: unknown;
  details?: unknown;
  isCut?: boolean;
};

/** Words for an error of any door; a code that has none in the catalogues is shown with what the server says, unless it is quoted elsewhere. */
export function problemText(
  error: unknown,
  text: Text,
  { quotesCode = true }: { readonly quotesCode?: boolean } = {},
): string {
  const told = (typeof error === "object" && error !== null ? error : { message: error }) as Told;
  const said = sentence(String(told.message ?? ""));
  if (told.isCut) return text("connection.notDone");
  if (typeof told.code !== "string") return said;
  const known = text(`error.${told.code}` as MessageKey, valuesOf(told));
  if (known !== "") return known;
  return quotesCode ? `${said} (${told.code})`.trim() : said;
}

/** Tells errors in the language around this component. */
export function useProblemText(): (error: unknown) => string {
  const text = useText();
  return useCallback((error) => problemText(error, text), [text]);
}

function valuesOf({ status, details }: Told): Values {
  const named = Object.entries({ status, ...(details as object | undefined) });
  return Object.fromEntries(
    named.filter(([, value]) => typeof value === "number" || typeof value === "string"),
  ) as Values;
}
