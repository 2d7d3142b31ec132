import { expect, test } from "vitest";
import { titleAt } from "./titles.ts";

const schema = { properties: { orderId: { title: "Order number" }, dueAt: {} } };

test.each([
  ["/orderId", "Order number"],
  ["/dueAt", "Due at"],
  ["/cost_centre/2", "Cost centre › 3"],
  ["/---", "---"],
])("%j is called %j", (pointer, title) => {
  expect(titleAt(schema, pointer)).toBe(title);
});
