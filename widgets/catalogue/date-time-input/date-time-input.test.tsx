import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the day can be chosen within its bounds", () => {
  renderView(example);
  const field = screen.getByLabelText<HTMLInputElement>("Delivery day");
  expect([field.type, field.value, field.min]).toEqual(["date", "2026-03-14", "2026-03-01"]);
});
