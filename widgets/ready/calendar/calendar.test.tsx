import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";
import widget from "./widget.json";

test("the leave and the absences are marked in the month", () => {
  const { patch } = renderView({ ...widget, state: example.state });
  expect(screen.getByText("14 days left")).toBeTruthy();
  expect(screen.getByRole("cell", { name: /^9/ }).textContent).toContain("Your leave");
  patch({ ...example.state, marks: [] });
  expect(screen.getByRole("cell", { name: /^9/ }).textContent).toBe("9");
});
