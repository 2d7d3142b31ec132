import { expect, fireEvent, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("it shows the state and can be changed", () => {
  renderView(example);
  const box = screen.getByRole<HTMLInputElement>("checkbox", {
    name: "Send me the invoice by e-mail",
  });
  expect(box.checked).toBe(true);
  fireEvent.click(box);
  expect(box.checked).toBe(false);
});
