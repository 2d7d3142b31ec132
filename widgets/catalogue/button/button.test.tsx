import {
  expect,
  fireEvent,
  renderView,
  screen,
  test,
  vi,
  waitFor,
} from "~/testing/render-view.tsx";
import example from "./example.json";

test("a press sends the action with what the state says now", async () => {
  const { sent, patch } = renderView(example);
  patch({ city: "Weimar" });
  fireEvent.click(screen.getByRole("button", { name: "Confirm the address" }));
  await waitFor(() =>
    expect(sent).toEqual([{ name: "confirm", payload: { city: "Weimar" }, rev: 2 }]),
  );
});

test("while the action is in flight a second press does nothing", async () => {
  const onAction = vi.fn(() => new Promise<void>(() => {}));
  renderView(example, { onAction });
  const button = screen.getByRole("button");
  fireEvent.click(button);
  await waitFor(() => expect(button.getAttribute("aria-busy")).toBe("true"));
  fireEvent.click(button);
  expect(onAction).toHaveBeenCalledTimes(1);
});

test("an action that nobody listens to is inert", () => {
  const { sent } = renderView(example, { actions: [] });
  fireEvent.click(screen.getByRole("button"));
  expect(screen.getByRole("button").getAttribute("aria-disabled")).toBe("true");
  expect(sent).toEqual([]);
});

test("only web pages are opened", () => {
  const open = vi.spyOn(window, "open").mockReturnValue(null);
  const action = { functionCall: { call: "openUrl", args: { url: { path: "/url" } } } };
  const view = { component: "Button", child: { component: "Text", text: "Open" }, action };
  const { patch } = renderView({ view, state: { url: "javascript:alert(1)" } });
  fireEvent.click(screen.getByRole("button"));
  expect(open).not.toHaveBeenCalled();
  patch({ url: "https://example.com" });
  fireEvent.click(screen.getByRole("button"));
  expect(open).toHaveBeenCalledWith("https://example.com", "_blank", "noopener,noreferrer");
});
