import { expect, fireEvent, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the content waits in a dialog until the trigger is pressed", () => {
  renderView(example);
  expect(screen.queryByRole("dialog")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Show the conditions" }));
  expect(screen.getByRole("dialog", { name: "Conditions" }).textContent).toContain("five days");
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(screen.queryByRole("dialog")).toBeNull();
});
