import { expect, fireEvent, renderView, screen, test, waitFor } from "~/testing/render-view.tsx";
import example from "./example.json";

test("what was typed travels with the next action", async () => {
  const { sent } = renderView(example);
  fireEvent.input(screen.getByLabelText("Comment"), { target: { value: "Ring twice" } });
  fireEvent.click(screen.getByRole("button"));
  await waitFor(() => expect(sent[0]?.payload).toEqual({ text: "Ring twice" }));
});

test("half-typed text survives a patch elsewhere, and yields to a patch of its own value", () => {
  const { patch } = renderView(example);
  const field = screen.getByLabelText<HTMLTextAreaElement>("Comment");
  fireEvent.input(field, { target: { value: "Ring" } });
  patch({ comment: "", other: 1 });
  expect(field.value).toBe("Ring");
  patch({ comment: "Saved", other: 1 });
  expect(field.value).toBe("Saved");
});
