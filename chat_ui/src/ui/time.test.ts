import { expect, test } from "vitest";
import { exactTime, relativeTime } from "./time.ts";

const now = Date.parse("2026-03-09T12:00:00Z");

test.each([
  [-20, "now"],
  [-300, "5 minutes ago"],
  [-86_400, "yesterday"],
  [7_200, "in 2 hours"],
  [86_399, "tomorrow"],
  [20, "now"],
  [-5_000_000, "last month"],
])("%i seconds away is %s", (seconds, expected) => {
  expect(relativeTime(now + seconds * 1000, { now, locale: "en" })).toBe(expected);
});

test("the exact time is to the minute, in the reader's zone", () => {
  expect(exactTime(now, "de", "Europe/Berlin")).toBe("09.03.2026, 13:00");
});
