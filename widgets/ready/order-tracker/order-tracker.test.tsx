import { expect, fireEvent, renderView, screen, test, waitFor } from "~/testing/render-view.tsx";
import example from "./example.json";
import widget from "./widget.json";

test("it says where the order is, moves with a patch, and takes a report", async () => {
  const { sent, patch } = renderView({ ...widget, state: example.state });
  const current = (): string | undefined =>
    screen
      .getAllByRole("listitem")
      .find((item) => item.ariaCurrent === "step" || item.getAttribute("aria-current"))
      ?.textContent ?? undefined;
  expect(current()).toContain("On its way");
  patch({
    ...example.state,
    steps: example.state.steps.map((step, index) => ({
      ...step,
      status: index === 3 ? "current" : "done",
    })),
  });
  expect(current()).toContain("Delivered");
  fireEvent.click(screen.getByRole("button", { name: "Report a problem" }));
  await waitFor(() =>
    expect(sent).toEqual([{ name: "report", payload: { orderId: "A-1042" }, rev: 2 }]),
  );
});
