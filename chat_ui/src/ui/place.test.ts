import { expect, test } from "vitest";
import { place } from "./place.ts";

const viewport = { left: 0, top: 0, width: 400, height: 300 };
const size = { left: 0, top: 0, width: 100, height: 80 };
const anchor = (left: number, top: number): typeof viewport => ({
  left,
  top,
  width: 40,
  height: 20,
});

test.each([
  ["below its anchor", anchor(50, 50), "below", "start", false, { left: 50, top: 74 }],
  [
    "above where there is no room below",
    anchor(50, 250),
    "below",
    "start",
    false,
    { left: 50, top: 166 },
  ],
  [
    "below where there is no room above",
    anchor(50, 10),
    "above",
    "start",
    false,
    { left: 50, top: 34 },
  ],
  ["at the end side", anchor(200, 50), "below", "end", false, { left: 140, top: 74 }],
  [
    "mirrored in right-to-left text",
    anchor(200, 50),
    "below",
    "start",
    true,
    { left: 140, top: 74 },
  ],
  ["inside the viewport", anchor(390, 50), "below", "center", false, { left: 292, top: 74 }],
] as const)("%s", (_, at, side, align, rtl, expected) => {
  expect(place(at, size, { side, align, rtl, viewport })).toEqual(expected);
});
