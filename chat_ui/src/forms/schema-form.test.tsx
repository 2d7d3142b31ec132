/** Forms over JSON Schema: every kind of field has a name, and gives a value of its own type. */
import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { expect, test, vi } from "vitest";
import { choose } from "~/testing/choose.ts";
import type { JsonObject } from "./differences.ts";
import SchemaForm from "./schema-form.tsx";

function show(
  schema: JsonObject,
  uiSchema: JsonObject = {},
  values: JsonObject = {},
): ReturnType<typeof vi.fn> {
  const onSubmit = vi.fn();
  render(
    <SchemaForm
      schema={schema}
      uiSchema={uiSchema}
      values={values}
      submitLabel="Send"
      onSubmit={onSubmit}
    />,
  );
  return onSubmit;
}

const send = (): boolean => fireEvent.click(screen.getByRole("button", { name: "Send" }));

test("values keep their types", async () => {
  const onSubmit = show({
    type: "object",
    properties: {
      name: { type: "string", title: "Name" },
      count: { type: "integer", title: "Count" },
      price: { type: "number", title: "Price" },
      gift: { type: "boolean", title: "Gift" },
      size: { type: "number", title: "Size", enum: [1, 2] },
    },
  });
  fireEvent.input(screen.getByLabelText(/Name/), { target: { value: "Ada" } });
  fireEvent.input(screen.getByLabelText(/Count/), { target: { value: "3" } });
  fireEvent.input(screen.getByLabelText(/Price/), { target: { value: "2.5" } });
  fireEvent.click(screen.getByLabelText("Gift"));
  await act(() => choose(screen.getByLabelText(/Size/), "1"));
  send();
  await waitFor(() =>
    expect(onSubmit).toHaveBeenCalledWith({
      name: "Ada",
      count: 3,
      price: 2.5,
      gift: true,
      size: 2,
    }),
  );
});

test("an emptied field is absent", async () => {
  const schema = { type: "object", properties: { name: { type: "string", title: "Name" } } };
  const onSubmit = show(schema, {}, { name: "Ada" });
  fireEvent.input(screen.getByLabelText(/Name/), { target: { value: "" } });
  send();
  await waitFor(() => expect(onSubmit).toHaveBeenCalledWith({}));
});

test("radios and boxes are groups with a name", async () => {
  const onSubmit = show(
    {
      type: "object",
      properties: {
        size: { type: "string", title: "Size", enum: ["S", "M"] },
        extras: {
          type: "array",
          title: "Extras",
          items: { type: "string", enum: ["milk", "sugar"] },
          uniqueItems: true,
        },
      },
    },
    { size: { "ui:widget": "radio" }, extras: { "ui:widget": "checkboxes" } },
  );
  const size = screen.getByRole("radiogroup", { name: "Size" });
  fireEvent.click(within(size).getByLabelText("M"));
  fireEvent.click(within(screen.getByRole("group", { name: "Extras" })).getByLabelText("sugar"));
  send();
  await waitFor(() => expect(onSubmit).toHaveBeenCalledWith({ size: "M", extras: ["sugar"] }));
});

test("lists grow, move and shrink", async () => {
  const onSubmit = show(
    {
      type: "object",
      properties: { tags: { type: "array", title: "Tags", items: { type: "string" } } },
    },
    {},
    { tags: ["a", "b"] },
  );
  fireEvent.click(screen.getByRole("button", { name: "Move number 2 up" }));
  fireEvent.click(await screen.findByRole("button", { name: "Remove number 2" }));
  send();
  await waitFor(() => expect(onSubmit).toHaveBeenCalledWith({ tags: ["b"] }));
});

test("help and description belong to their control", () => {
  show({
    type: "object",
    properties: { order: { type: "string", title: "Order", description: "On the receipt." } },
  });
  const described = screen.getByLabelText(/Order/).getAttribute("aria-describedby");
  expect(document.getElementById(described ?? "")?.textContent).toBe("On the receipt.");
});

test("markup in titles and descriptions stays text", () => {
  const evil = "<img src=x onerror=alert(1)>";
  show({
    type: "object",
    properties: { a: { type: "string", title: evil, description: `**${evil}**` } },
  });
  expect(document.querySelector("img")).toBeNull();
});
