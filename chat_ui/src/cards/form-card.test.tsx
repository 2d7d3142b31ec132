/** Form cards: pages, conditional and file fields, errors of everybody, the draft, and one submit. */
import { fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { beforeAll, expect, test, vi } from "vitest";
import type { DraftState } from "~/protocol/wire.gen.ts";
import { choose, chooseFile, leave } from "~/testing/choose.ts";
import { actions, asking, refusal } from "~/testing/requests.ts";
import type { CardActions } from "./actions.ts";
import { InterruptCard } from "./interrupt-card.tsx";

beforeAll(() => import("~/forms/request-form.tsx"));

const leaveForm = {
  title: "Leave request",
  schema: {
    type: "object",
    properties: {
      kind: { type: "string", title: "Kind", enum: ["vacation", "sick"], default: "vacation" },
      day: { type: "string", format: "date", title: "First day" },
      handover: { type: "string", title: "Who takes over", minLength: 2 },
    },
    required: ["kind", "day", "handover"],
    if: { properties: { kind: { const: "sick" } }, required: ["kind"] },
    // `then` is JSON Schema's word; nothing awaits this object.
    // oxlint-disable-next-line unicorn/no-thenable
    then: {
      properties: { note: { type: "string", format: "file", title: "Certificate" } },
      required: ["note"],
    },
  },
  pages: [
    { title: "When", fields: ["kind", "day", "note"] },
    { title: "Handover", fields: ["handover"] },
  ],
  submitLabel: "Ask for leave",
};

async function show(
  change: object = {},
  acts: CardActions = actions(),
  draft?: DraftState,
): Promise<ReturnType<typeof render>> {
  const interrupt = asking({ ...leaveForm, ...change }, { kind: "form", title: "Leave request" });
  const shown = render(<InterruptCard interrupt={interrupt} draft={draft} actions={acts} />);
  await screen.findByLabelText(/First day|Who takes over/);
  return shown;
}

const type = (label: string, value: string): boolean =>
  fireEvent.input(screen.getByLabelText(label), { target: { value } });
const press = (name: string | RegExp): boolean =>
  fireEvent.click(screen.getByRole("button", { name }));

async function fillFirstPage(): Promise<void> {
  type("First day", "2026-12-01");
  press("Next");
  await screen.findByLabelText("Who takes over");
}

test("Next checks only its page, sums up what is wrong and leads to the first", async () => {
  await show();
  press("Next");
  const summary = await screen.findByRole("alert");
  expect(summary.textContent).toContain("First day: Fill this in.");
  expect(summary.textContent).not.toContain("Who takes over");
  const day = screen.getByLabelText("First day");
  await waitFor(() => expect(document.activeElement).toBe(day));
  expect(day.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(day.getAttribute("aria-describedby") ?? "")).toBeTruthy();
});

test("Back keeps the values, and the whole is submitted once", async () => {
  const acts = actions({ resume: vi.fn(() => new Promise<void>(() => undefined)) });
  await show({}, acts);
  expect(screen.getByText("Step 1 of 2:")).toBeTruthy();
  await fillFirstPage();
  expect(screen.getByText("Step 2 of 2:")).toBeTruthy();
  type("Who takes over", "Ada");
  press("Back");
  expect((await screen.findByLabelText<HTMLInputElement>("First day")).value).toBe("2026-12-01");
  press("Next");
  await screen.findByLabelText("Who takes over");
  press("Ask for leave");
  press("Ask for leave");
  await waitFor(() => expect(acts.resume).toHaveBeenCalledTimes(1));
  expect(acts.resume).toHaveBeenCalledWith("int_1", {
    formData: { kind: "vacation", day: "2026-12-01", handover: "Ada" },
  });
  expect(screen.getByRole("button", { name: "Ask for leave" }).getAttribute("aria-busy")).toBe(
    "true",
  );
});

test("a wrong value says so when it is left, an untouched one does not", async () => {
  await show();
  await fillFirstPage();
  const field = screen.getByLabelText("Who takes over");
  leave(field);
  expect(screen.queryByText(/at least 2 characters/)).toBeNull();
  type("Who takes over", "A");
  leave(field);
  expect(await screen.findByText("Write at least 2 characters.")).toBeTruthy();
  type("Who takes over", "Ada");
  await waitFor(() => expect(screen.queryByText(/at least 2 characters/)).toBeNull());
});

test("a conditional field appears, is required, and is not sent once it is gone", async () => {
  const acts = actions();
  await show({}, acts);
  choose(screen.getByLabelText("Kind"), "1");
  const file = await screen.findByLabelText("Certificate");
  type("First day", "2026-12-01");
  press("Next");
  expect((await screen.findByRole("alert")).textContent).toContain("Certificate: Fill this in.");
  const pdf = new File(["x"], "flu.pdf", { type: "application/pdf" });
  chooseFile(file, pdf);
  expect(await screen.findByText("a.pdf")).toBeTruthy();
  choose(screen.getByLabelText("Kind"), "0");
  await waitFor(() => expect(screen.queryByText("a.pdf")).toBeNull());
  press("Next");
  await screen.findByLabelText("Who takes over");
  type("Who takes over", "Ada");
  press("Ask for leave");
  await waitFor(() =>
    expect(acts.resume).toHaveBeenCalledWith("int_1", {
      formData: { kind: "vacation", day: "2026-12-01", handover: "Ada" },
    }),
  );
});

test("a file that was uploaded elsewhere has its name", async () => {
  const fileOf = (): Promise<{ name: string; url: string }> =>
    Promise.resolve({ name: "flu.pdf", url: "" });
  await show({ values: { kind: "sick", note: "f9" } }, actions({ fileOf }));
  expect(await screen.findByText("flu.pdf")).toBeTruthy();
});

test("an upload shows how far it is, holds the form back, and can be cancelled", async () => {
  let tell: (share: number) => void = () => undefined;
  const upload: CardActions["upload"] = (_file, onProgress, signal) =>
    new Promise((_resolve, reject) => {
      tell = onProgress;
      signal.addEventListener("abort", () => reject(refusal("cancelled")));
    });
  const acts = actions({ upload });
  await show({ values: { kind: "sick" } }, acts);
  chooseFile(await screen.findByLabelText("Certificate"), new File(["x"], "flu.pdf"));
  const bar = await screen.findByRole("progressbar", { name: "Uploading flu.pdf" });
  tell(0.5);
  await waitFor(() => expect(bar.getAttribute("value")).toBe("0.5"));
  expect(screen.getByRole("button", { name: "Next" }).getAttribute("aria-disabled")).toBe("true");
  press("Cancel the upload of flu.pdf");
  expect(await screen.findByLabelText("Certificate")).toBeTruthy();
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Next" }).getAttribute("aria-disabled")).toBeNull(),
  );
});

test("a failed upload says which file and what to do", async () => {
  const upload = vi.fn(() => Promise.reject(new Error("Too large.")));
  await show({ values: { kind: "sick" } }, actions({ upload }));
  chooseFile(await screen.findByLabelText("Certificate"), new File(["x"], "flu.pdf"));
  expect(
    await screen.findByText(/flu.pdf was not uploaded: Too large. Choose it again./),
  ).toBeTruthy();
});

test("errors of the flow stand at their fields with the values kept, until the field changes", async () => {
  const values = { kind: "vacation", day: "2026-12-01", handover: "Ada" };
  await show({ values, errors: { "/day": "That day is a holiday." }, attempt: 2 });
  expect(screen.getByLabelText<HTMLInputElement>("First day").value).toBe("2026-12-01");
  expect(screen.getAllByText(/That day is a holiday/)).toHaveLength(2);
  type("First day", "2026-12-02");
  await waitFor(() => expect(screen.queryByText(/That day is a holiday/)).toBeNull());
});

test("errors of the server lead back to the page of the field", async () => {
  const faults = [{ pointer: "/day", code: "x", message: "Not a working day." }];
  const acts = actions({ resume: vi.fn(() => Promise.reject(refusal("invalid_form", faults))) });
  await show({}, acts);
  await fillFirstPage();
  type("Who takes over", "Ada");
  press("Ask for leave");
  expect(await screen.findByRole("button", { name: "First day: Not a working day." })).toBeTruthy();
  press("First day: Not a working day.");
  expect((await screen.findByLabelText("First day")).getAttribute("aria-invalid")).toBe("true");
});

test("what is typed is saved as a draft with its page, and marked", async () => {
  const acts = actions();
  await show({}, acts);
  type("First day", "2026-12-01");
  expect(await screen.findByText("Not saved yet")).toBeTruthy();
  expect(await screen.findByText("Saved", {}, { timeout: 2000 })).toBeTruthy();
  expect(acts.saveDraft).toHaveBeenCalledWith(
    "int_1",
    { kind: "vacation", day: "2026-12-01" },
    0,
    0,
  );
});

test("a draft comes back over the flow's values, on its page", async () => {
  const draft = {
    interruptId: "int_1",
    values: { day: "2026-12-24", handover: "Bo" },
    rev: 3,
    page: 1,
  };
  await show({ values: { day: "2026-12-01" } }, actions(), draft);
  expect(screen.getByLabelText<HTMLInputElement>("Who takes over").value).toBe("Bo");
  press("Back");
  expect((await screen.findByLabelText<HTMLInputElement>("First day")).value).toBe("2026-12-24");
});

test("another device's draft fills what was not touched here", async () => {
  const acts = actions();
  const shown = await show({}, acts);
  type("First day", "2026-12-01");
  const draft = { interruptId: "int_1", values: { kind: "sick", day: "2026-01-01" }, rev: 1 };
  const interrupt = asking(leaveForm, { kind: "form", title: "Leave request" });
  shown.rerender(<InterruptCard interrupt={interrupt} draft={draft} actions={acts} />);
  expect(await screen.findByLabelText("Certificate")).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>("First day").value).toBe("2026-12-01");
});

test("cancelling asks a second time, in the place of all other buttons", async () => {
  const acts = actions();
  await show({ cancellable: true }, acts);
  press("Cancel the request");
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Back" }));
  expect(screen.queryByRole("button", { name: "Next" })).toBeNull();
  press("Back");
  press("Cancel the request");
  expect(acts.resume).not.toHaveBeenCalled();
  press("Yes, cancel the request");
  await waitFor(() => expect(acts.resume).toHaveBeenCalledWith("int_1", { cancel: true }));
});

test("keys typed in the form do not reach the page around it, except Escape", async () => {
  const heard = vi.fn();
  document.body.addEventListener("keydown", (event) => heard(event.key));
  await show();
  fireEvent.keyDown(screen.getByLabelText("First day"), { key: "Enter" });
  fireEvent.keyDown(screen.getByLabelText("First day"), { key: "ArrowUp" });
  fireEvent.keyDown(screen.getByLabelText("First day"), { key: "Escape" });
  expect(heard.mock.calls).toEqual([["Escape"]]);
});
