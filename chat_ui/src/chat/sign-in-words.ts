/** The words of the sign-in screen in every language: fetched with it, since most people are signed in already. */
import { languageOf, type Language, useI18n } from "~/ui/i18n.tsx";
import { format, type Values } from "~/ui/messages.ts";
import words from "./sign-in-words.json";

type Words = (typeof words)["en"];

const catalogues: Readonly<Record<Language, Words>> = words;
const known: Readonly<Record<string, keyof Words>> = {
  choose_workspace: "signIn.severalWorkspaces",
  weak_password: "signIn.weakPassword",
  link_over: "signIn.linkOver",
  oidc_locked_out: "signIn.oidc_locked_out",
  oidc_no_address: "signIn.oidc_no_address",
  oidc_not_invited: "signIn.oidc_not_invited",
  oidc_state: "signIn.oidc_state",
};

/** Looks up and fills one message of this screen, in the reader's language. */
export function useSignInText(): (key: keyof Words, values?: Values) => string {
  const { locale } = useI18n();
  return (key, values = {}) => format(catalogues[languageOf(locale)][key], values, locale);
}

/** The message for a code that only this screen meets; undefined for all others. */
export function useKnownRefusal(): (code: string) => string | undefined {
  const text = useSignInText();
  return (code) => {
    const key = Object.hasOwn(known, code) ? known[code] : undefined;
    return key === undefined ? undefined : text(key);
  };
}

/** Why an identity provider let nobody in, with the code to quote where there are no words for it. */
export function useFailureText(): (code: string) => string {
  const text = useSignInText();
  const refusal = useKnownRefusal();
  return (code) => refusal(code) ?? `${text("signIn.failed")} (${code})`;
}
