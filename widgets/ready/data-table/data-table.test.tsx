import { expect, fireEvent, renderView, screen, test, waitFor } from "~/testing/render-view.tsx";
import example from "./example.json";
import widget from "./widget.json";

test("rows sort, and the chosen row is sent", async () => {
  const { sent } = renderView({ ...widget, state: example.state });
  fireEvent.click(screen.getByRole("button", { name: "Amount" }));
  expect(screen.getAllByRole("rowheader").map((cell) => cell.textContent)).toEqual([
    "Pump station 4",
    "Boiler",
    "Heat exchanger",
  ]);
  fireEvent.click(screen.getAllByRole("button", { name: "Choose" })[1] as HTMLElement);
  await waitFor(() => expect(sent[0]).toEqual({ name: "choose", payload: { id: "v3" }, rev: 1 }));
});

test("without words for an action there is nothing to press", () => {
  const { actionLabel: _, ...state } = example.state;
  renderView({ ...widget, state });
  expect(screen.getAllByRole("rowheader")).toHaveLength(3);
  expect(screen.queryAllByRole("button", { name: "" })).toEqual([]);
  expect(screen.queryAllByRole("cell").some((cell) => cell.className === "w-row-actions")).toBe(
    false,
  );
});
