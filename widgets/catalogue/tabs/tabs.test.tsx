import { expect, fireEvent, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("arrow keys change the panel and take the focus along", () => {
  renderView(example);
  expect(screen.getByRole("tabpanel", { name: "Details" }).textContent).toBe("Blue, size 42");
  fireEvent.keyDown(screen.getByRole("tab", { name: "Details" }), { key: "ArrowRight" });
  expect(screen.getByRole("tabpanel", { name: "Delivery" }).textContent).toBe("Two working days");
  expect(document.activeElement).toBe(
    screen.getByRole("tab", { name: "Delivery", selected: true }),
  );
});
