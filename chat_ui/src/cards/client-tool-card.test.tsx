/** Client tools: the person knows what the browser will do, and is asked where it concerns them. */
import { fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { expect, test, vi } from "vitest";
import { actions, asking } from "~/testing/requests.ts";
import type { ToolOffer } from "~/core/client-tools.ts";
import type { CardActions } from "./actions.ts";
import { InterruptCard } from "./interrupt-card.tsx";

const locate = asking(
  { toolName: "getLocation", parameters: { reason: "To find a technician near you" } },
  { kind: "client_tool", title: "Where are you" },
);

async function show(offer: ToolOffer, change: Partial<CardActions> = {}): Promise<CardActions> {
  const acts = actions({ offersTool: () => offer, ...change });
  render(<InterruptCard interrupt={locate} draft={undefined} actions={acts} />);
  await screen.findByRole("article", { name: "Where are you" });
  return acts;
}

test("a sensitive tool says what it will do and runs only after a press", async () => {
  const runClientTool = vi.fn(() => new Promise<void>(() => undefined));
  await show("asks", { runClientTool });
  expect(screen.getByText("To find a technician near you")).toBeTruthy();
  expect(screen.getByText(/Nothing is shared until you agree/)).toBeTruthy();
  expect(runClientTool).not.toHaveBeenCalled();
  const share = screen.getByRole("button", { name: "Share" });
  fireEvent.click(share);
  fireEvent.click(share);
  await waitFor(() => expect(share.getAttribute("aria-busy")).toBe("true"));
  expect(runClientTool).toHaveBeenCalledTimes(1);
});

test("declining answers that the person does not want it", async () => {
  const declineClientTool = vi.fn(() => Promise.resolve());
  await show("asks", { declineClientTool });
  fireEvent.click(screen.getByRole("button", { name: "Do not share" }));
  await waitFor(() => expect(declineClientTool).toHaveBeenCalledWith("int_1"));
});

test("a harmless tool runs by itself and says so", async () => {
  await show("automatic");
  expect(screen.getByText("Running in your browser")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Share" })).toBeNull();
});

test("a browser that lacks the tool says what is waited for", async () => {
  await show("none");
  expect(screen.getByText(/Waits for a browser that can give your location/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Share" })).toBeNull();
});

test("a callback has nothing to press", async () => {
  const callback = asking({ title: "Payment" }, { kind: "callback", title: "Payment" });
  render(<InterruptCard interrupt={callback} draft={undefined} actions={actions()} />);
  expect(await screen.findByText(/Waits for another system/)).toBeTruthy();
  expect(screen.getAllByRole("button")).toHaveLength(1); // the menu to take it back
});
