import { expect, test } from "vitest";
import { textOf } from "./dynamic.ts";

test("a day inside a sentence is written as people write days, and nothing else is changed", () => {
  const place = { state: { day: "2026-11-23", code: "2026-11" }, base: "", locale: "en-GB" };
  const value = "expected ${/day}, batch ${/code}";
  expect(textOf({ call: "formatString", args: { value } }, place)).toBe(
    "expected 23 Nov 2026, batch 2026-11",
  );
});
