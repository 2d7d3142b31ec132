/** Closed requests: one line, the whole story on demand, nothing to press any more. */
import { fireEvent, render, screen, within } from "@testing-library/preact";
import { expect, test } from "vitest";
import type { Interrupt } from "~/core/view.ts";
import { actions, asking, request } from "~/testing/requests.ts";
import { InterruptCard } from "./interrupt-card.tsx";

const who = { kind: "user", id: "u", name: "Grace" } as const;
const settledAt = "2026-11-20T10:05:00Z";

async function show(interrupt: Interrupt, acts = actions()): Promise<HTMLElement> {
  render(<InterruptCard interrupt={interrupt} draft={undefined} actions={acts} />);
  return screen.findByRole("button", { expanded: false });
}

const approved = (change: Partial<Interrupt> = {}): Interrupt =>
  request({
    status: "settled",
    resolution: { decision: "approve", comment: "paid twice", edits: { amount: 200 } },
    decidedBy: who,
    settledAt,
    payload: {
      ...request().payload,
      editable: {
        schema: { properties: { amount: { title: "Amount" } } },
        values: { amount: 250 },
      },
    },
    ...change,
  });

test("the folded line says what, how, who and when", async () => {
  const line = await show(approved());
  expect(line.textContent).toContain("Refund 250 € of order 1001?");
  expect(within(line).getByText("Approved")).toBeTruthy();
  expect(within(line).getByText(/Grace/)).toBeTruthy();
  expect(line.querySelector("time")?.title).toMatch(/2026/);
});

test("opened, it tells facts, edits as a difference, and the comment", async () => {
  fireEvent.click(await show(approved()));
  expect(screen.getByText("Ada")).toBeTruthy();
  expect(screen.getByText("250").closest("del")).toBeTruthy();
  expect(screen.getByText("200").closest("ins")).toBeTruthy();
  expect(screen.getByText("paid twice")).toBeTruthy();
});

test("spent buttons stay focusable, are disabled for everybody, and say which one it was", async () => {
  fireEvent.click(await show(approved()));
  const chosen = screen.getByRole("button", { name: /Approve refund of 250 € \(was chosen\)/ });
  const other = screen.getByRole("button", { name: /Decline \(was not chosen/ });
  for (const button of [chosen, other]) {
    expect(button.getAttribute("aria-disabled")).toBe("true");
    expect(button.hasAttribute("disabled")).toBe(false);
  }
});

test.each([
  ["expired", "Expired", "Nobody answered in time."],
  ["cancelled", "Withdrawn", "was taken back"],
] as const)("%s requests are greyed and say why", async (status, word, reason) => {
  const line = await show(request({ status, settledAt }));
  expect(within(line).getByText(word)).toBeTruthy();
  fireEvent.click(line);
  expect(screen.getByText(new RegExp(reason))).toBeTruthy();
});

test("a submitted form shows its values under their titles", async () => {
  const schema = { type: "object", properties: { day: { type: "string", title: "First day" } } };
  const line = await show(
    asking(
      { title: "Leave", schema },
      {
        kind: "form",
        title: "Leave",
        status: "settled",
        settledAt,
        decidedBy: who,
        resolution: { formData: { day: "2026-12-01" } },
      },
    ),
  );
  expect(within(line).getByText("Submitted")).toBeTruthy();
  fireEvent.click(line);
  expect(screen.getByText("First day")).toBeTruthy();
  expect(screen.getByText("Dec 1, 2026").title).toBe("2026-12-01");
});

test("a failed client tool tells what the browser said", async () => {
  const toolResult = { success: false, error: "permission denied" };
  const line = await show(
    asking(
      { toolName: "getLocation" },
      { kind: "client_tool", title: "Where", status: "settled", resolution: { toolResult } },
    ),
  );
  expect(within(line).getByText("Not done")).toBeTruthy();
  fireEvent.click(line);
  expect(screen.getByText("permission denied")).toBeTruthy();
});

test("when the card folds under the focus, the line takes it", async () => {
  const acts = actions();
  const shown = render(<InterruptCard interrupt={request()} draft={undefined} actions={acts} />);
  (await screen.findByRole("button", { name: /^Approve refund/ })).focus();
  shown.rerender(<InterruptCard interrupt={approved()} draft={undefined} actions={acts} />);
  expect(document.activeElement).toBe(screen.getByRole("button", { expanded: false }));
});

test("a declined client tool says that nothing was shared", async () => {
  const error = { code: "declined", message: "the person declined" };
  const resolution = { toolResult: { success: false, error } };
  const line = await show(
    asking(
      { toolName: "getLocation" },
      { kind: "client_tool", title: "Where", status: "settled", resolution },
    ),
  );
  fireEvent.click(line);
  expect(screen.getByText(/^It was declined/)).toBeTruthy();
});

test("a submitted file leads to the file by its name", async () => {
  const file = { type: "string", format: "file", title: "Certificate" };
  const schema = { type: "object", properties: { certificate: file } };
  const resolution = { formData: { certificate: "f1" } };
  const fileOf = (id: string): Promise<{ name: string; url: string }> =>
    Promise.resolve({ name: "flu.pdf", url: `/v1/file/${id}` });
  const line = await show(
    asking(
      { title: "Leave", schema },
      { kind: "form", title: "Leave", status: "settled", settledAt, resolution },
    ),
    actions({ fileOf }),
  );
  fireEvent.click(line);
  const link = await screen.findByRole("link", { name: "flu.pdf" });
  expect(link.getAttribute("href")).toBe("/v1/file/f1");
});
