import { expect, renderView, test, waitFor } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the film has controls and a label, and does not start by itself", async () => {
  const { container } = renderView(example);
  const video = container.querySelector("video");
  await waitFor(() => expect(video?.getAttribute("src")).toMatch("/v1/file/"));
  expect(video?.getAttribute("aria-label")).toBe("How to replace the filter");
  expect(video?.controls).toBe(true);
  expect(video?.autoplay).toBe(false);
});
