import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";
import widget from "./widget.json";

test("every figure stands with its movement, and down can be good", () => {
  const { container } = renderView({ ...widget, state: example.state });
  expect(screen.getByText("1,284")).toBeTruthy();
  const tones = [...container.querySelectorAll(".w-metric-change")].map((change) =>
    change.getAttribute("data-tone"),
  );
  expect(tones).toEqual(["ok", "ok", "ok"]);
});
