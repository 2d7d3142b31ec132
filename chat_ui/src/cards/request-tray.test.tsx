/** The tray: how many wait, and the way to each. */
import { fireEvent, render, screen } from "@testing-library/preact";
import { expect, test, vi } from "vitest";
import { request } from "~/testing/requests.ts";
import { RequestTray } from "./request-tray.tsx";

test("it counts what waits for a person and leads to the card", () => {
  const onOpen = vi.fn();
  const waiting = [
    request(),
    request({ interruptId: "int_2", kind: "form", title: "Leave request" }),
    request({ interruptId: "int_3", kind: "callback", title: "Payment" }),
  ];
  render(<RequestTray interrupts={waiting} onOpen={onOpen} />);
  expect(screen.getByText("2 requests wait")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Leave request" }));
  expect(onOpen).toHaveBeenCalledWith("int_2");
});

test("nothing is shown while nothing waits", () => {
  const { container } = render(<RequestTray interrupts={[]} onOpen={vi.fn()} />);
  expect(container.textContent).toBe("");
});
