import { expect, fireEvent, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the number stands beside the slider and follows it", () => {
  const { container } = renderView(example);
  fireEvent.input(screen.getByLabelText("Radius in km"), { target: { value: "25" } });
  expect(container.querySelector("output")?.textContent).toBe("25");
});
