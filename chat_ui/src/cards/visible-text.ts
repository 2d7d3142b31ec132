/** Text that shows all of itself: whoever decides must see what others can only hide in it. */

const unseen = /(?![\t\n\r]|\ufe0f)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}]/gu;
const joiners = new Set(["\u200c", "\u200d"]);
const pictureBefore = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]$/u;
const pictureAfter = /^\p{Extended_Pictographic}/u;
/** Scripts whose spelling needs joiners; the others have no honest use for one. */
const joiningBefore = /(?![\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}])[\p{L}\p{M}]$/u;
const joiningAfter = /^(?![\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}])[\p{L}\p{M}]/u;

/** The text with every invisible or direction-changing character written out, as `[U+202E]`. */
export function visibleText(text: string): string {
  return text.replace(unseen, (character, at: number) => {
    if (joiners.has(character)) {
      const before = text.slice(0, at);
      const after = text.slice(at + 1);
      if (pictureBefore.test(before) && pictureAfter.test(after)) return character;
      if (joiningBefore.test(before) && joiningAfter.test(after)) return character;
    }
    const code = character.codePointAt(0) ?? 0;
    return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
}
