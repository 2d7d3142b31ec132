import {
  expect,
  fireEvent,
  renderView,
  screen,
  test,
  waitFor,
  within,
} from "~/testing/render-view.tsx";
import example from "./example.json";

const firstCells = (): (string | null)[] =>
  screen.getAllByRole("rowheader").map((cell) => cell.textContent);

test("a patch of one row draws the bound table again", () => {
  const { patch } = renderView(example);
  patch({ rows: [example.state.rows[0] ?? null, { id: "A-1043", total: 99, status: "due" }] });
  expect(within(screen.getAllByRole("row")[2] as HTMLElement).getByText("€99.00")).toBeTruthy();
});

test("a row action sends its own row, wherever sorting has put it", async () => {
  const { sent } = renderView(example);
  fireEvent.click(screen.getByRole("button", { name: "Total" }));
  fireEvent.click(screen.getAllByRole("button", { name: "Remind" })[0] as HTMLElement);
  await waitFor(() => expect(sent[0]?.payload).toEqual({ order: "A-1043" }));
});

test("many rows come in pages", () => {
  const rows = Array.from({ length: 25 }, (_, index) => ({ id: `A-${index}` }));
  renderView({ ...example, state: { rows } });
  expect(firstCells()).toHaveLength(10);
  fireEvent.click(screen.getByRole("button", { name: "Show 15 more rows" }));
  expect(firstCells()).toHaveLength(20);
});

test("no rows, one sentence", () => {
  renderView({ ...example, state: { rows: [] } });
  expect(screen.getByText("No open orders.")).toBeTruthy();
});
