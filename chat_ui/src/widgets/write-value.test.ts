import { expect, test } from "vitest";
import { writeValue } from "./write-value.ts";

test.each([
  [1234.5, { locale: "en" }, "1,234.5"],
  [1234.5, { locale: "de", format: "currency", currency: "EUR" }, "1.234,50\u00a0€"],
  [12, { locale: "en", format: "currency", currency: "nonsense" }, "12"],
  [0.125, { locale: "tr", format: "percent" }, "%12,5"],
  [3, { locale: "en", unit: "km" }, "3\u202fkm"],
  ["2026-03-09", { locale: "en", format: "date" }, "Mar 9, 2026"],
  ["2026-03", { locale: "de", format: "month" }, "März 2026"],
  ["soon", { locale: "en", format: "date" }, "soon"],
  [true, { locale: "en" }, "true"],
  [null, { locale: "en" }, ""],
  [undefined, { locale: "en" }, ""],
  [{ a: 1 }, { locale: "en" }, '{"a":1}'],
] as const)("%j with %j is %s", (value, style, expected) => {
  expect(writeValue(value, style)).toBe(expected);
});
