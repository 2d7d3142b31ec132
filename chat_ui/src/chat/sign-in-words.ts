/** The words of the sign-in screen in every language: fetched with it, since most people are signed in already. */
import { languageOf, type Language, useI18n } from "~/ui/i18n.tsx";
import { format, type Values } from "~/ui/messages.ts";
import words from "./sign-in-words.json";

type Words = (typeof words)["en"];

const catalogues: Readonly<Record<Language, Words>> = words;

/** Looks up and fills one message of this screen, in the reader's language. */
export function useSignInText(): (key: keyof Words, values?: Values) => string {
  const { locale } = useI18n();
  return (key, values = {}) => format(catalogues[languageOf(locale)][key], values, locale);
}
