/** The words of the interface in the reader's language. Those of an English first paint are built in, all others load. */
import {
  createContext,
  useContext,
  useEffect,
  useState,
  type Context,
  type JSX,
  type ReactNode,
} from "react";
import firstEnglish from "./locales/en.json";
import type laterEnglish from "./locales/en.later.json";
import { format, type Values } from "./messages.ts";
import { retried } from "./retried.ts";

/** A key that every language has. */
export type MessageKey = keyof typeof firstEnglish | keyof typeof laterEnglish;

/** Every message of one language. */
export type Catalogue = Readonly<Record<MessageKey, string>>;

/** Looks up and fills one message; "" while a message of a part that comes later is on its way. */
export type Text = (key: MessageKey, values?: Values) => string;

/** Languages that have a catalogue. */
export type Language = "en" | "tr" | "de";

type First = Readonly<Record<keyof typeof firstEnglish, string>>;
type Later = Readonly<Record<keyof typeof laterEnglish, string>>;

const firsts: Readonly<Record<Language, () => Promise<First>>> = {
  en: () => Promise.resolve(firstEnglish),
  tr: async () => (await import("./locales/tr.json")).default,
  de: async () => (await import("./locales/de.json")).default,
};
const laters: Readonly<Record<Language, () => Promise<Later>>> = {
  en: async () => (await import("./locales/en.later.json")).default,
  tr: async () => (await import("./locales/tr.later.json")).default,
  de: async () => (await import("./locales/de.later.json")).default,
};
const loaded = new Map<Language, Catalogue>();
let onTheWay: Promise<unknown> = Promise.resolve();

/** The catalogue language for a BCP 47 tag; English when there is none. */
export function languageOf(locale: string): Language {
  const language = locale.toLowerCase().split("-")[0];
  return language === "tr" || language === "de" ? language : "en";
}

/** The catalogue of `language`, fetched once; `onFirst` gets the words of a first paint. Rejects if it cannot be fetched. */
export async function loadCatalogue(
  language: Language,
  onFirst?: (first: First) => void,
): Promise<Catalogue> {
  const known = loaded.get(language);
  if (known !== undefined) return known;
  const rest = laters[language]();
  rest.catch(() => undefined); // told below, if the first words do not fail as well
  const first = await firsts[language]();
  onFirst?.(first);
  const catalogue = { ...first, ...(await rest) };
  loaded.set(language, catalogue);
  return catalogue;
}

/** Resolves when every word is here that is being fetched: parts that come later wait for theirs. */
export function allWords(): Promise<unknown> {
  return onTheWay;
}

/** Messages of `catalogue`, with numbers and plurals in the manner of `locale`. */
export function textOf(catalogue: Partial<Catalogue>, locale: string): Text {
  return (key, values = {}) => format(catalogue[key] ?? "", values, locale);
}

/** The reader's locale (for dates and numbers) and words; `isReady` once those of a first paint are in the reader's language. */
export type I18n = { readonly locale: string; readonly text: Text; readonly isReady: boolean };

const I18nContext: Context<I18n> = createContext<I18n>({
  locale: "en",
  text: (key, values) => textOf(loaded.get("en") ?? firstEnglish, "en")(key, values),
  isReady: true,
});

/** The words and the locale around this component. */
export function useI18n(): I18n {
  return useContext(I18nContext);
}

/** Shorthand for the words alone. */
export function useText(): Text {
  return useContext(I18nContext).text;
}

/** Gives everything below it the language of `locale`; English if that cannot be fetched. */
export function I18nProvider({
  locale,
  children,
}: {
  readonly locale: string;
  readonly children: ReactNode;
}): JSX.Element {
  const [i18n, setI18n] = useState<I18n>(() => beginning(locale));
  useEffect(() => {
    let isWanted = true;
    const language = languageOf(locale);
    const show = (catalogue: Partial<Catalogue>): void => {
      if (isWanted) setI18n({ locale, text: textOf(catalogue, locale), isReady: true });
    };
    onTheWay = loadCatalogue(language, show)
      .catch(() => {
        if (isWanted) setI18n((before) => ({ ...before, isReady: true }));
        return retried(() => loadCatalogue(language, show));
      })
      .then(show);
    return () => {
      isWanted = false;
    };
  }, [locale]);
  return <I18nContext.Provider value={i18n}>{children}</I18nContext.Provider>;
}

function beginning(locale: string): I18n {
  const language = languageOf(locale);
  const known = loaded.get(language);
  const text = textOf(known ?? firstEnglish, locale);
  return { locale, text, isReady: known !== undefined || language === "en" };
}
