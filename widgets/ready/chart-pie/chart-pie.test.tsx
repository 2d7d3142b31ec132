import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";
import widget from "./widget.json";

test("every slice has its value and its share", async () => {
  renderView({ ...widget, state: example.state });
  await screen.findByRole("img");
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    "Repair6464%",
    "Inspection2121%",
    "Advice99%",
    "Other66%",
  ]);
});

test("more than five slices are gathered", async () => {
  const slices = Array.from({ length: 9 }, (_, index) => ({
    label: `${index}`,
    value: 10 - index,
  }));
  renderView({ ...widget, state: { title: "Many", slices } });
  await screen.findByRole("img");
  expect(screen.getAllByRole("listitem").at(-1)?.textContent).toBe("Other2037%");
});
