import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the sign is named by its label", () => {
  renderView(example);
  expect(screen.getByRole("img", { name: "Place" }).tagName).toBe("svg");
});

test("an unknown name draws nothing", () => {
  const { container } = renderView({
    view: { component: "Icon", name: { path: "/x" } },
    state: { x: "constructor" },
  });
  expect(container.querySelector("svg")).toBeNull();
});
