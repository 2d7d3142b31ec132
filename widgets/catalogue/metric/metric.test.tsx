import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the figure is written for the reader, with its change in words", () => {
  const { container } = renderView(example);
  expect(screen.getByText("93%")).toBeTruthy();
  expect(container.querySelector(".w-metric-change")?.textContent).toBe("+4% against last week");
});

test("falling is good where down is good", () => {
  const { container } = renderView({
    view: { ...example.view, goodWhen: "down" },
    state: { share: 0.1, change: -0.5 },
  });
  expect(container.querySelector(".w-metric-change")?.getAttribute("data-tone")).toBe("ok");
});
