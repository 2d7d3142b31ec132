import { fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { expect, test } from "vitest";
import { renderView } from "~/testing/render-view.tsx";
import { LazyWidgetView } from "./lazy.tsx";

const button = (name: string): object => ({
  component: "Button",
  child: { component: "Text", text: name },
  action: { event: { name } },
});

test("a state that is on its way shows as busy", () => {
  renderView({ view: button("a"), state: undefined });
  expect(screen.getByRole("group", { name: "Example" }).getAttribute("aria-busy")).toBe("true");
  expect(screen.queryByRole("button")).toBeNull();
});

test("an error is said instead of the widget", () => {
  renderView({ view: button("a"), state: {} }, { error: "The order could not be read." });
  expect(screen.getByText("The order could not be read.")).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});

test("a widget that is over keeps its content and says why nothing can be pressed", () => {
  renderView({ view: button("a"), state: {} }, { inertReason: "The session has ended." });
  expect(screen.getByRole("button").getAttribute("aria-disabled")).toBe("true");
  expect(screen.getByText("The session has ended.")).toBeTruthy();
});

test("a refused action is said, and can be tried again", async () => {
  renderView(
    { view: button("a"), state: {} },
    { onAction: () => Promise.reject(new Error("offline")) },
  );
  fireEvent.click(screen.getByRole("button"));
  expect((await screen.findByRole("alert")).textContent).toContain("try again");
  expect(screen.getByRole("button").getAttribute("aria-disabled")).toBeNull();
});

test("while one action is in flight every other button waits, and the pressed one shows it", async () => {
  const view = { component: "Row", children: [button("a"), button("b")] };
  let finish = (): void => {};
  const sending = new Promise<void>((resolve) => {
    finish = resolve;
  });
  renderView({ view, state: {} }, { onAction: () => sending });
  const [first, second] = screen.getAllByRole("button");
  fireEvent.click(first as HTMLElement);
  await waitFor(() => expect(first?.dataset["state"]).toBe("busy"));
  expect(second?.dataset["state"]).toBe("inert");
  finish();
  await waitFor(() => expect(first?.dataset["state"]).toBe("ready"));
});

test("what the catalogue does not know is left out, and the rest is drawn", () => {
  const view = { component: "Column", children: [{ component: "Script", src: "x" }, button("a")] };
  renderView({ view, state: {} });
  expect(screen.getByRole("button")).toBeTruthy();
});

test("a component that throws takes only its widget along, and a patch tries again", async () => {
  const view = { component: "Tabs", tabs: { path: "/tabs" } };
  const { container } = renderView({ view, state: {} });
  await waitFor(() => expect(container.textContent).toContain("could not be shown"));
});

test("the renderer loads with the first widget", async () => {
  const props = {
    widget: { name: "Lazy", view: button("a") as never },
    rev: 1,
    actions: ["a"],
    onAction: () => {},
  };
  render((<LazyWidgetView {...props} state={{}} />) as never);
  expect(await screen.findByRole("button", { name: "a" })).toBeTruthy();
});
