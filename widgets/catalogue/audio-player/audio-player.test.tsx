import { expect, renderView, test, waitFor } from "~/testing/render-view.tsx";
import example from "./example.json";

test("the recording is titled and loads nothing before it is played", async () => {
  const { container } = renderView(example);
  const audio = container.querySelector("audio");
  await waitFor(() => expect(audio?.getAttribute("src")).toMatch("/v1/file/"));
  expect(audio?.getAttribute("preload")).toBe("none");
  expect(container.querySelector("figcaption")?.textContent).toBe("Message from 9 March");
});
