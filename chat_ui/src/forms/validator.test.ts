import { expect, test } from "vitest";
import validator from "./validator.ts";

const schema = {
  type: "object",
  properties: {
    days: {
      type: "array",
      items: {
        type: "object",
        properties: { hours: { type: "integer", maximum: 8 } },
        required: ["note"],
      },
    },
  },
} as const;

test("errors are named by keyword and found at their field", () => {
  const { errors, errorSchema } = validator.validateFormData(
    { days: [{ hours: 9 }] },
    schema as never,
  );
  expect(errors.map(({ name, property }) => [name, property])).toEqual([
    ["required", ".days.0.note"],
    ["maximum", ".days.0.hours"],
  ]);
  expect(errorSchema).toMatchObject({ days: { 0: { hours: { __errors: [expect.any(String)] } } } });
});

test("a condition is judged with the definitions of the whole form", () => {
  const root = { $defs: { long: { minimum: 5 } } };
  expect(validator.isValid({ $ref: "#/$defs/long" }, 6 as never, root)).toBe(true);
  expect(validator.isValid({ $ref: "#/$defs/long" }, 4 as never, root)).toBe(false);
  expect(validator.isValid({ $ref: "#/$defs/missing" }, 4 as never, root)).toBe(false);
});

test("nothing is compiled from text: a strict content security policy holds", () => {
  const original = globalThis.Function;
  globalThis.Function = (() => {
    throw new Error("eval is not allowed");
  }) as never;
  try {
    expect(validator.validateFormData({ days: [] }, schema as never).errors).toEqual([]);
  } finally {
    globalThis.Function = original;
  }
});
