import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("there is one item per element, and a patch adds one", () => {
  const { patch } = renderView(example);
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual(["Ada", "Grace"]);
  patch({ people: [...example.state.people, { name: "Edsger" }] });
  expect(screen.getAllByRole("listitem")).toHaveLength(3);
});

test("a list that is not there yet is empty", () => {
  renderView({ ...example, state: {} });
  expect(screen.queryAllByRole("listitem")).toEqual([]);
});
