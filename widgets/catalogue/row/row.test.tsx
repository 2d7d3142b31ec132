import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("children stand side by side, spread as asked", () => {
  const { container } = renderView(example);
  expect(container.querySelector(".w-row")?.getAttribute("data-justify")).toBe("spaceBetween");
  expect(screen.getByText("€250.00")).toBeTruthy();
});
