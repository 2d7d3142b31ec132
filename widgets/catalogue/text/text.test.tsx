import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the text is filled from the state, and again after a patch", () => {
  const { patch } = renderView(example);
  expect(screen.getByRole("heading", { level: 3 }).textContent).toBe("Order A-1042 of Ada");
  patch({ order: { id: "A-1043", by: "Grace" } });
  expect(screen.getByRole("heading").textContent).toBe("Order A-1043 of Grace");
});

test("markup stays text", () => {
  const { container } = renderView({
    view: { component: "Text", text: { path: "/x" } },
    state: { x: "<img src=x onerror=alert(1)>" },
  });
  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toContain("<img src=x");
});
