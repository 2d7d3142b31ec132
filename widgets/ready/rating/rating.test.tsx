import { expect, fireEvent, renderView, screen, test, waitFor } from "~/testing/render-view.tsx";
import example from "./example.json";
import widget from "./widget.json";

test("stars and comment are sent together", async () => {
  const { sent } = renderView({ ...widget, state: example.state });
  fireEvent.click(screen.getByRole("radio", { name: "★★★★★" }));
  fireEvent.input(screen.getByLabelText("Comment"), { target: { value: "Quick and kind" } });
  fireEvent.click(screen.getByRole("button", { name: "Send the rating" }));
  await waitFor(() => expect(sent[0]?.payload).toEqual({ stars: "5", comment: "Quick and kind" }));
});
