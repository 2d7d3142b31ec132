import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the bar has a name, and its share in numbers", () => {
  renderView(example);
  expect(screen.getByLabelText<HTMLProgressElement>("Documents checked").value).toBe(7);
  expect(screen.getByText("58%")).toBeTruthy();
});

test("a value beyond its end stays at the end", () => {
  renderView({ ...example, state: { checked: 20, all: 12 } });
  expect(screen.getByText("100%")).toBeTruthy();
});
