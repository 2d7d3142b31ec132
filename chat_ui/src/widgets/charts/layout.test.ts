import { describe, expect, test } from "vitest";
import { layoutOf, spread } from "./layout.ts";
import { slicesOf, tableOf } from "./series.ts";

const write = String;
const data = (values: readonly number[]): ReturnType<typeof tableOf> =>
  tableOf(
    values.map((value, index) => ({ x: `p${index}`, value })),
    { x: "x", series: [{ key: "value", label: "Value" }], locale: "en" },
  );

describe("layout", () => {
  const base = { width: 400, height: 240, labelRoom: 0, write };

  test("bars stand on zero, a line far from zero need not", () => {
    expect(layoutOf(data([90, 100]), { ...base, fromZero: true }).y(0)).toBe(214);
    expect(
      layoutOf(data([90, 100]), { ...base, labelRoom: 8, fromZero: false }).y.domain()[0],
    ).toBeGreaterThan(0);
  });

  test("labels thin out when there is no room, and the first stays", () => {
    const { xTicks } = layoutOf(data(Array.from({ length: 100 }, (_, index) => index)), {
      ...base,
      fromZero: true,
    });
    expect(xTicks[0]?.label).toBe("p0");
    expect(xTicks.length).toBeLessThan(20);
  });

  test.each([[[5]], [[0, 0]], [[-5, -1]], [[1e12, -1e12]]])("%j lies inside the plot", (values) => {
    const layout = layoutOf(data(values), { ...base, fromZero: true });
    for (const value of values) {
      expect(layout.y(value)).toBeGreaterThanOrEqual(layout.top);
      expect(layout.y(value)).toBeLessThanOrEqual(layout.bottom);
    }
  });
});

test("labels that would touch are moved apart and stay inside", () => {
  const placed = spread([100, 101, 102], { gap: 16, low: 0, high: 120 });
  expect(placed).toEqual([88, 104, 120]);
});

test("a series without a number is left out", () => {
  const rows = [{ x: "a", one: 1, two: "n/a" }];
  const series = [
    { key: "one", label: "One" },
    { key: "two", label: "Two" },
  ];
  expect(tableOf(rows, { x: "x", series, locale: "en" }).series.map(({ key }) => key)).toEqual([
    "one",
  ]);
});

test("slices leave out what is nothing or negative", () => {
  expect(slicesOf(data([3, 0, -2, 1]), "Other").map(({ value }) => value)).toEqual([3, 1]);
});
