/** Which language words are in, as far as they tell: for the voice that reads them, on screen readers and aloud. */

/** Scripts that give it away, with the language that is meant unless the reader has named another of that script. */
const scripts: readonly (readonly [RegExp, string, string])[] = [
  [/\p{Script=Arabic}/gu, "Arab", "ar"],
  [/\p{Script=Hebrew}/gu, "Hebr", "he"],
  [/\p{Script=Cyrillic}/gu, "Cyrl", "ru"],
  [/\p{Script=Greek}/gu, "Grek", "el"],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, "Jpan", "ja"],
  [/\p{Script=Hangul}/gu, "Kore", "ko"],
  [/\p{Script=Han}/gu, "Hans", "zh"],
  [/\p{Script=Devanagari}/gu, "Deva", "hi"],
];

/** Small words that hardly any sentence does without, and that other languages do not have. */
const small: Readonly<Record<string, string>> = {
  en: "the and is are of to that it for with this you your was not have",
  de: "der die das und ist nicht ein eine ich sie mit für auf wird den dem",
  tr: "ve bir bu için ile değil var mı mi daha olarak sonra kadar çok siz ama",
  fr: "le les et est une des vous pour dans que pas nous sur avec",
  es: "el los las y es una que por con para está más pero del",
  it: "il che di è una per non sono con della gli anche",
  nl: "het een en is van niet ik dat voor met zijn wordt",
  pt: "o os as e é uma que não para com você mais do da",
};
const FEW = 2;
const LOOKED_AT = 600;

/** A language tag, or undefined where the words do not tell: then the language of the page holds. */
export function spokenLanguage(words: string): string | undefined {
  const start = words.slice(0, LOOKED_AT);
  const letters = start.match(/\p{L}/gu)?.length ?? 0;
  for (const [letter, script, usual] of scripts) {
    const found = start.match(letter)?.length ?? 0;
    const isJapanese = script === "Jpan" && found > 0;
    if (isJapanese || found * 2 > letters) return readersOwn(script) ?? usual;
  }
  return bySmallWords(start);
}

function readersOwn(script: string): string | undefined {
  return navigator.languages.find((tag) => new Intl.Locale(tag).maximize().script === script);
}

function bySmallWords(words: string): string | undefined {
  const said = words.toLowerCase().match(/\p{L}+/gu) ?? [];
  const counts = Object.entries(small).map(([language, list]) => {
    const known = new Set(list.split(" "));
    return { language, hits: said.filter((word) => known.has(word)).length };
  });
  const [first, second] = counts.toSorted((a, b) => b.hits - a.hits);
  if (first === undefined || second === undefined) return undefined;
  return first.hits >= FEW && first.hits > second.hits ? first.language : undefined;
}
