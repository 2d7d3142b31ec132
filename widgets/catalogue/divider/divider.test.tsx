import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the line is a separator", () => {
  renderView(example);
  expect(screen.getByRole("separator").getAttribute("aria-orientation")).toBe("horizontal");
});
