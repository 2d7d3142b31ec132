import { expect, test } from "vitest";
import { visibleText } from "./visible-text.ts";

test.each([
  ["pay \u202e005\u202c €", "pay [U+202E]005[U+202C] €"],
  ["a\u200bb\u2060c\ufeffd\u00ade", "a[U+200B]b[U+2060]c[U+FEFF]d[U+00AD]e"],
  ["bell\u0007, escape\u001b[31m, null\u0000", "bell[U+0007], escape[U+001B][31m, null[U+0000]"],
  ["line\u2028paragraph\u2029next\u0085", "line[U+2028]paragraph[U+2029]next[U+0085]"],
  ["tag\u{e0041} selector\u{e0101} filler\u3164", "tag[U+E0041] selector[U+E0101] filler[U+3164]"],
  ["ap\u200dprove", "ap[U+200D]prove"],
])("hidden characters are written out: %j", (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test.each(["two\nlines\tand a tab", "Grüße, Ünïcode, 漢字, العربية", "👩‍💻 ❤️ 👍🏽", "می‌خواهم", "क्‍ष"])(
  "honest text stays as it is: %s",
  (text) => {
    expect(visibleText(text)).toBe(text);
  },
);
