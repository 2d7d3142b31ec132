import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the plot is an image with its title, and its numbers stand in a table", async () => {
  const { container } = renderView(example);
  expect((await screen.findByRole("img")).getAttribute("aria-label")).toBe(
    "Sales grew by 43 % since May",
  );
  expect(container.querySelectorAll(".chart-line")).toHaveLength(2);
  const rows = [...container.querySelectorAll("tbody tr")].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  expect(rows[0]).toEqual(["May", "182\u202fpcs", "12\u202fpcs"]);
});

test.each(["area", "bar", "pie"])(
  "%s is drawn, also with missing and negative values",
  async (kind) => {
    const months = [
      { month: "a", sold: -3 },
      { month: "b" },
      { month: "c", sold: 5, returned: "x" },
    ];
    const { container } = renderView({ view: { ...example.view, kind }, state: { months } });
    await screen.findByRole("img");
    expect(container.innerHTML).not.toContain("NaN");
  },
);

test("without numbers there is a sentence instead of a plot", async () => {
  renderView({ ...example, state: { months: [] } });
  expect(await screen.findByText("Nothing to show yet.")).toBeTruthy();
});
