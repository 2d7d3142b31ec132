import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("marked days say by what", () => {
  renderView(example);
  expect(screen.getByRole("table", { name: "March 2026" })).toBeTruthy();
  expect(screen.getByRole("cell", { name: /^12/ }).textContent).toBe("12Your leave, Grace is away");
  expect(screen.getAllByRole("cell").filter((cell) => cell.hasAttribute("data-tone"))).toHaveLength(
    5,
  );
});

test("the week starts as it does in the reader's country", () => {
  renderView(example, { locale: "de" });
  expect(screen.getAllByRole("columnheader")[0]?.textContent).toBe("Mo");
});

test("a month that is none says so", () => {
  renderView({ ...example, state: { month: "soon", marks: [] } });
  expect(screen.getByText("Nothing to show yet.")).toBeTruthy();
});
