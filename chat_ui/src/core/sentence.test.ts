import { expect, test } from "vitest";
import { sentence } from "./sentence.ts";

test.each([
  ["no such file", "No such file."],
  ["Try again in 3 s.", "Try again in 3 s."],
  ["over 10 MB: choose a smaller one ", "Over 10 MB: choose a smaller one."],
  ["", ""],
])("%j is read as %j", (said, read) => {
  expect(sentence(said)).toBe(read);
});
