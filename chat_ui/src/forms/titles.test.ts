import { expect, test } from "vitest";
import { shownValue, titleAt } from "./titles.ts";

const schema = { properties: { orderId: { title: "Order number" }, dueAt: {} } };

test.each([
  ["/orderId", "Order number"],
  ["/dueAt", "Due at"],
  ["/cost_centre/2", "Cost centre › 3"],
  ["/---", "---"],
])("%j is called %j", (pointer, title) => {
  expect(titleAt(schema, pointer)).toBe(title);
});

test("a choice is shown by its title, and so are the members of a list", () => {
  const kind = { oneOf: [{ const: "sick", title: "Sick leave" }] };
  expect(shownValue(kind, "sick")).toBe("Sick leave");
  expect(shownValue({ items: kind }, ["sick", "other"])).toEqual(["Sick leave", "other"]);
  expect(shownValue(undefined, 3)).toBe(3);
});
