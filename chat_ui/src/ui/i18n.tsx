/** The words of the interface in the reader's language. English is built in, other catalogues load when asked for. */
import {
  createContext,
  useContext,
  useEffect,
  useState,
  type Context,
  type JSX,
  type ReactNode,
} from "react";
import english from "./locales/en.json";
import { format, type Values } from "./messages.ts";

/** A key that every catalogue has. */
export type MessageKey = keyof typeof english;

/** Every message of one language. */
export type Catalogue = Readonly<Record<MessageKey, string>>;

/** Looks up and fills one message. */
export type Text = (key: MessageKey, values?: Values) => string;

/** Languages that have a catalogue. */
export type Language = "en" | "tr" | "de";

const loaders: Readonly<Record<Exclude<Language, "en">, () => Promise<{ default: Catalogue }>>> = {
  tr: () => import("./locales/tr.json"),
  de: () => import("./locales/de.json"),
};

/** The catalogue language for a BCP 47 tag; English when there is none. */
export function languageOf(locale: string): Language {
  const language = locale.toLowerCase().split("-")[0];
  return language === "tr" || language === "de" ? language : "en";
}

/** The catalogue of `language`; rejects if it cannot be fetched. */
export async function loadCatalogue(language: Language): Promise<Catalogue> {
  return language === "en" ? english : (await loaders[language]()).default;
}

/** Messages of `catalogue`, with numbers and plurals in the manner of `locale`. */
export function textOf(catalogue: Catalogue, locale: string): Text {
  return (key, values = {}) => format(catalogue[key], values, locale);
}

/** The reader's locale (for dates and numbers) and words. */
export type I18n = { readonly locale: string; readonly text: Text };

const I18nContext: Context<I18n> = createContext<I18n>({
  locale: "en",
  text: textOf(english, "en"),
});

/** The words and the locale around this component. */
export function useI18n(): I18n {
  return useContext(I18nContext);
}

/** Shorthand for the words alone. */
export function useText(): Text {
  return useContext(I18nContext).text;
}

/** Gives everything below it the language of `locale`. English shows until another catalogue has arrived. */
export function I18nProvider({
  locale,
  children,
}: {
  readonly locale: string;
  readonly children: ReactNode;
}): JSX.Element {
  const [i18n, setI18n] = useState<I18n>({ locale, text: textOf(english, locale) });
  useEffect(() => {
    let wanted = true;
    loadCatalogue(languageOf(locale)).then(
      (catalogue) => wanted && setI18n({ locale, text: textOf(catalogue, locale) }),
      () => wanted && setI18n({ locale, text: textOf(english, locale) }),
    );
    return () => {
      wanted = false;
    };
  }, [locale]);
  return <I18nContext.Provider value={i18n}>{children}</I18nContext.Provider>;
}
