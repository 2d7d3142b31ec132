import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("each state is a word besides its colour, and the current one is marked", () => {
  renderView(example);
  const items = screen.getAllByRole("listitem");
  expect(items[0]?.textContent).toContain("(done)");
  expect(items.map((item) => item.getAttribute("aria-current"))).toEqual([null, "step", null]);
});

test("no events, one sentence", () => {
  renderView({ ...example, state: { events: [] } });
  expect(screen.getByText("Nothing to show yet.")).toBeTruthy();
});
