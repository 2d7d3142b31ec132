/** Approvals: the decision goes out once, with what belongs to it, and says what went wrong. */
import { fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { beforeAll, expect, test, vi } from "vitest";
import type { Interrupt } from "~/core/view.ts";
import { actions, asking, refusal, request } from "~/testing/requests.ts";
import type { CardActions } from "./actions.ts";
import { InterruptCard } from "./interrupt-card.tsx";

async function show(interrupt: Interrupt, acts: CardActions = actions()): Promise<void> {
  render(<InterruptCard interrupt={interrupt} draft={undefined} actions={acts} />);
  await screen.findByRole("article", { name: interrupt.title });
}

// The form engine loads with the first card that needs it; loading it is not what these tests wait for.
beforeAll(() => import("./approval-inputs.tsx"));

const approve = (): HTMLElement => screen.getByRole("button", { name: /^Approve refund/ });
const decline = (): HTMLElement => screen.getByRole("button", { name: "Decline" });

test("the head says who asks, for whom, and the facts follow", async () => {
  await show(request({ expiresAt: new Date(Date.now() + 2 * 3_600_000 + 60_000).toISOString() }));
  const card = screen.getByRole("article", { name: "Refund 250 € of order 1001?" });
  expect(within(card).getByText("The flow “Support desk” asks on behalf of Grace")).toBeTruthy();
  expect(within(card).getByText("in 2 hours").getAttribute("title")).toMatch(/\d{4}/);
  expect(within(card).getByText("Ada").closest("dd")).toBeTruthy();
  expect(card.id).toBe("request-int_1");
});

test("a nested flow shows the path to the step", async () => {
  const path = ["Order", "Refund"].map((flowName, at) => ({ runId: `r${at}`, flowName, key: "k" }));
  await show(request({ path }));
  expect(screen.getByText("Order")).toBeTruthy();
  expect(screen.getByText("Refund")).toBeTruthy();
});

test("a double click decides once; both buttons are disabled and the pressed one is busy", async () => {
  const resume = vi.fn(() => new Promise<void>(() => undefined));
  await show(request(), actions({ resume }));
  fireEvent.click(approve());
  fireEvent.click(approve());
  await waitFor(() => expect(approve().getAttribute("aria-busy")).toBe("true"));
  expect(decline().getAttribute("aria-disabled")).toBe("true");
  expect(resume).toHaveBeenCalledTimes(1);
  expect(resume).toHaveBeenCalledWith("int_1", { decision: "approve" });
});

test("a destructive decision asks a second time, with the focus on the way back", async () => {
  const acts = actions();
  await show(request(), acts);
  fireEvent.click(decline());
  const step = await screen.findByRole("group", { name: "Decline? This cannot be taken back." });
  expect(document.activeElement).toBe(within(step).getByRole("button", { name: "Back" }));
  expect(acts.resume).not.toHaveBeenCalled();
  fireEvent.click(within(step).getByRole("button", { name: "Decline" }));
  await waitFor(() => expect(acts.resume).toHaveBeenCalledWith("int_1", { decision: "reject" }));
});

test("going back from the second step decides nothing", async () => {
  const acts = actions();
  await show(request(), acts);
  fireEvent.click(decline());
  fireEvent.click(await screen.findByRole("button", { name: "Back" }));
  expect(approve()).toBeTruthy();
  expect(acts.resume).not.toHaveBeenCalled();
});

test("a required comment holds the decision back and gets the focus", async () => {
  const acts = actions();
  await show(asking({ ...request().payload, comment: "required" }), acts);
  fireEvent.click(approve());
  const comment = await screen.findByLabelText("Comment");
  await waitFor(() => expect(comment.getAttribute("aria-invalid")).toBe("true"));
  expect(acts.resume).not.toHaveBeenCalled();
  fireEvent.input(comment, { target: { value: "paid twice" } });
  fireEvent.click(approve());
  await waitFor(() =>
    expect(acts.resume).toHaveBeenCalledWith("int_1", {
      decision: "approve",
      comment: "paid twice",
    }),
  );
});

test("a decision may need a comment of its own", async () => {
  const acts = actions();
  const decisions = [{ name: "escalate", label: "Escalate", style: "plain", needsComment: true }];
  await show(asking({ title: "x", decisions }), acts);
  fireEvent.click(screen.getByRole("button", { name: "Escalate" }));
  expect(await screen.findByText("Say why.")).toBeTruthy();
  expect(acts.resume).not.toHaveBeenCalled();
});

test("without a comment field there is none to open", async () => {
  await show(asking({ ...request().payload, comment: "none" }));
  expect(screen.queryByRole("button", { name: "Add a comment" })).toBeNull();
});

test("edits are typed, shown as a difference, and go with the decision", async () => {
  const acts = actions();
  const schema = {
    type: "object",
    properties: { amount: { type: "number", title: "Amount", maximum: 300 } },
    required: ["amount"],
  };
  await show(asking({ ...request().payload, editable: { schema, values: { amount: 250 } } }), acts);
  fireEvent.click(await screen.findByRole("button", { name: "Change before deciding" }));
  const amount = await screen.findByLabelText("Amount");
  fireEvent.input(amount, { target: { value: "400" } });
  const label = "Approve refund of 250 € with changes";
  fireEvent.click(await screen.findByRole("button", { name: label }));
  expect(await screen.findByText("At most 300.")).toBeTruthy();
  expect(acts.resume).not.toHaveBeenCalled();
  fireEvent.input(amount, { target: { value: "200" } });
  const changes = await screen.findByRole("region", { name: "Your changes" });
  expect(changes.textContent).toContain("250");
  expect(changes.textContent).toContain("200");
  fireEvent.click(screen.getByRole("button", { name: label }));
  await waitFor(() =>
    expect(acts.resume).toHaveBeenCalledWith("int_1", {
      decision: "approve",
      edits: { amount: 200 },
    }),
  );
});

test("unchanged values are no edits", async () => {
  const acts = actions();
  const schema = { type: "object", properties: { amount: { type: "number" } } };
  await show(asking({ ...request().payload, editable: { schema, values: { amount: 250 } } }), acts);
  await screen.findByRole("button", { name: "Change before deciding" });
  fireEvent.click(approve());
  await waitFor(() => expect(acts.resume).toHaveBeenCalledWith("int_1", { decision: "approve" }));
});

test("an extra form must be right to approve, but not to decline", async () => {
  const acts = actions();
  const schema = {
    type: "object",
    properties: { account: { type: "string", title: "Account" } },
    required: ["account"],
  };
  await show(asking({ ...request().payload, form: { schema } }), acts);
  const account = await screen.findByLabelText("Account");
  fireEvent.click(approve());
  expect(await screen.findByText("Fill this in.")).toBeTruthy();
  await waitFor(() => expect(document.activeElement).toBe(account));
  fireEvent.input(account, { target: { value: "DE12" } });
  fireEvent.click(approve());
  await waitFor(() =>
    expect(acts.resume).toHaveBeenCalledWith("int_1", {
      decision: "approve",
      formData: { account: "DE12" },
    }),
  );
});

test("a card that was opened again shows what changed", async () => {
  const changed = [{ path: "/facts/0/value", before: "Ada", after: "Bob" }];
  await show(asking({ ...request().payload, changed }));
  expect(screen.getByText(/changed since it was last shown/)).toBeTruthy();
  expect(screen.getByText("Bob")).toBeTruthy();
});

test("a late decision is told so, and the card shows the winner", async () => {
  const acts = actions({ resume: vi.fn(() => Promise.reject(refusal("already_settled"))) });
  const open = request();
  const shown = render(<InterruptCard interrupt={open} draft={undefined} actions={acts} />);
  fireEvent.click(await screen.findByRole("button", { name: /^Approve refund/ }));
  expect((await screen.findByRole("alert")).textContent).toContain("Somebody else answered first");
  const settled = request({
    status: "settled",
    resolution: { decision: "reject" },
    decidedBy: { kind: "user", id: "u", name: "Linus" },
    settledAt: "2026-11-20T10:05:00Z",
  });
  shown.rerender(<InterruptCard interrupt={settled} draft={undefined} actions={acts} />);
  expect(screen.getByText(/Linus/)).toBeTruthy();
  expect(screen.getByRole("alert").textContent).toContain("Somebody else answered first");
});

test("a lost connection says that pressing again is safe, and lets one press again", async () => {
  const resume = vi.fn(() => Promise.reject(new Error("the connection was lost")));
  await show(request(), actions({ resume }));
  fireEvent.click(approve());
  expect((await screen.findByRole("alert")).textContent).toContain("counts only once");
  fireEvent.click(approve());
  await waitFor(() => expect(resume).toHaveBeenCalledTimes(2));
});

test("taking the request back asks a second time", async () => {
  const acts = actions();
  await show(request(), acts);
  fireEvent.click(screen.getByRole("button", { name: "More for Refund 250 € of order 1001?" }));
  fireEvent.click(await screen.findByRole("menuitem", { name: "Take the request back" }));
  expect(acts.withdraw).not.toHaveBeenCalled();
  const step = await screen.findByRole("group", { name: /^Take the request back\?/ });
  fireEvent.click(within(step).getByRole("button", { name: "Take the request back" }));
  await waitFor(() => expect(acts.withdraw).toHaveBeenCalledWith("int_1"));
});
