import { expect, renderView, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("children keep their order", () => {
  const { container } = renderView(example);
  expect(container.querySelector(".w-column")?.textContent).toBe("Delivery addressLindenweg 4Jena");
});
