import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";
import widget from "./widget.json";

test("events stand in order under their title", () => {
  renderView({ ...widget, state: example.state });
  expect(screen.getByRole("heading", { name: "Your request" })).toBeTruthy();
  expect(screen.getAllByRole("listitem")).toHaveLength(4);
});
