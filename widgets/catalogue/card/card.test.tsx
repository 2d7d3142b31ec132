import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the child is inside the frame", () => {
  const { container } = renderView(example);
  expect(container.querySelector(".w-card")?.contains(screen.getByText("Until 3 May 2028"))).toBe(
    true,
  );
});
