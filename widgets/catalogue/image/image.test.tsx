import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("an uploaded file is shown by its id, with its description", async () => {
  renderView(example);
  const image = await screen.findByRole("img", { name: "The parcel on the doorstep" });
  expect(image.getAttribute("src")).toBe(`/v1/file/${example.state.photo}`);
});

test.each([
  "https://evil.example/pixel.png",
  "//evil.example/a",
  "data:image/png;base64,AA",
  "../../etc/passwd",
])("%s is never fetched", async (url) => {
  const { container } = renderView({ ...example, state: { photo: url } });
  await Promise.resolve();
  expect(container.querySelector("img")).toBeNull();
});
