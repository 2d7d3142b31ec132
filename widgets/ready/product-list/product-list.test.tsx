import { expect, fireEvent, renderView, screen, test, waitFor } from "~/testing/render-view.tsx";
import example from "./example.json";
import widget from "./widget.json";

test("a product can be chosen by its price and name", async () => {
  const { sent } = renderView({ ...widget, state: example.state });
  expect(screen.getByText("€31.50")).toBeTruthy();
  fireEvent.click(screen.getAllByRole("button", { name: "Choose" })[1] as HTMLElement);
  await waitFor(() => expect(sent[0]?.payload).toEqual({ id: "p2" }));
});
