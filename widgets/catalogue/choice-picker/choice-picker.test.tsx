import { expect, fireEvent, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("one of several is chosen", () => {
  renderView(example);
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "M" }).checked).toBe(true);
  fireEvent.click(screen.getByRole("radio", { name: "L" }));
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "M" }).checked).toBe(false);
});

test("several can be chosen, and a filter narrows them", () => {
  renderView({
    view: { ...example.view, variant: "multipleSelection", filterable: true },
    state: { size: ["M"] },
  });
  fireEvent.click(screen.getByRole("checkbox", { name: "L" }));
  expect(screen.getAllByRole<HTMLInputElement>("checkbox").map((box) => box.checked)).toEqual([
    false,
    true,
    true,
  ]);
  fireEvent.input(screen.getByRole("searchbox"), { target: { value: "l" } });
  expect(screen.getAllByRole("checkbox")).toHaveLength(1);
});
