import example from "@catalogue/table/example.json";
import { expect, fireEvent, renderView, screen, test } from "~/testing/render-view.tsx";
import { sorted } from "./sort.ts";

const firstCells = (): (string | null)[] =>
  screen.getAllByRole("rowheader").map((cell) => cell.textContent);

test("a head sorts up, down, and back", () => {
  renderView(example);
  const press = (): boolean => fireEvent.click(screen.getByRole("button", { name: "Total" }));
  press();
  expect(firstCells()).toEqual(["A-1043", "A-1042"]);
  expect(screen.getByRole("columnheader", { name: "Total" }).getAttribute("aria-sort")).toBe(
    "ascending",
  );
  press();
  expect(firstCells()).toEqual(["A-1042", "A-1043"]);
  press();
  expect(screen.getByRole("columnheader", { name: "Total" }).getAttribute("aria-sort")).toBeNull();
});

test("numbers sort by size, text by locale, what is missing comes last either way", () => {
  const rows = [{ x: "b" }, {}, { x: "Ä" }, { x: "a" }];
  const order = (direction: "ascending" | "descending"): unknown[] =>
    sorted(rows, { key: "x", direction }, "de").map(({ row }) => row.x);
  expect(order("ascending")).toEqual(["a", "Ä", "b", undefined]);
  expect(order("descending")).toEqual(["b", "Ä", "a", undefined]);
  const numbers = [{ x: 10 }, { x: 9 }];
  expect(
    sorted(numbers, { key: "x", direction: "ascending" }, "en").map(({ index }) => index),
  ).toEqual([1, 0]);
});
