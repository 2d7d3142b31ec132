import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";
import widget from "./widget.json";

test("the series are drawn and named, and a patched point moves", async () => {
  const { container, patch } = renderView({ ...widget, state: example.state });
  expect((await screen.findByRole("img")).getAttribute("aria-label")).toBe(example.state.title);
  const shape = (): string => container.querySelector(".chart-plot")?.innerHTML ?? "";
  const before = shape();
  patch({
    ...example.state,
    points: example.state.points.map((point, index) =>
      index === 2 ? { ...point, first: 200 } : point,
    ),
  });
  expect(shape()).not.toBe(before);
  expect(container.textContent).toContain("Requests");
});

test("one series is enough", async () => {
  const points = example.state.points.map(({ label, first }) => ({ label, first }));
  const { container } = renderView({
    ...widget,
    state: { title: "One", firstLabel: "Requests", points },
  });
  await screen.findByRole("img");
  expect(container.querySelectorAll("thead th")).toHaveLength(1);
});
