/** Gives a message the language that its words are in; how that is told is fetched after the first paint. */
import { useEffect, useState } from "react";

/** The tag for `lang`, or undefined: then the language around the message holds. Words in flight are not judged. */
export function useLanguage(words: string, isWhole: boolean): string | undefined {
  const [language, setLanguage] = useState<string | undefined>();
  useEffect(() => {
    if (!isWhole || words === "") return;
    let isWanted = true;
    import("./language-of.ts").then(
      ({ spokenLanguage }) => isWanted && setLanguage(spokenLanguage(words)),
      () => undefined, // it is read in the voice of the page
    );
    return () => {
      isWanted = false;
    };
  }, [words, isWhole]);
  return language;
}
