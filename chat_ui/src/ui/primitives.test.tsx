import { act, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Button, IconButton } from "./button.tsx";
import { Card } from "./card.tsx";
import { Dialog } from "./dialog.tsx";
import { Field } from "./field.tsx";
import { Menu } from "./menu.tsx";
import { ToastProvider, useToast } from "./toast.tsx";

/** React's types, Preact's renderer. */
const draw = (element: unknown): ReturnType<typeof render> => render(element as never);

describe("Button", () => {
  test.each(["busy", "inert"] as const)(
    "%s swallows presses and stays in the tab order",
    (state) => {
      const press = vi.fn();
      draw(
        <Button state={state} onClick={press}>
          Approve
        </Button>,
      );
      const button = screen.getByRole<HTMLButtonElement>("button", { name: "Approve" });
      fireEvent.click(button);
      expect(press).not.toHaveBeenCalled();
      expect(button.getAttribute("aria-disabled")).toBe("true");
      expect(button.disabled).toBe(false);
    },
  );

  test("does not send a form unless asked to", () => {
    draw(<IconButton icon={[]} label="Copy" />);
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Copy" }).type).toBe("button");
  });
});

describe("Card", () => {
  test("folded it is one line that opens", () => {
    const toggle = vi.fn();
    draw(
      <Card title="Refund approved" folding={{ open: false, onToggle: toggle }}>
        Facts
      </Card>,
    );
    expect(screen.queryByText("Facts")).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Refund approved", expanded: false }));
    expect(toggle).toHaveBeenCalledOnce();
    expect(screen.getByRole("article", { name: "Refund approved" })).toBeTruthy();
  });
});

describe("Field", () => {
  test("ties label, help and error to the control", () => {
    draw(
      <Field label="IBAN" help="On your card" error="Too short" required>
        {(control) => <input {...control} />}
      </Field>,
    );
    const input = screen.getByLabelText("IBAN");
    expect(input.getAttribute("aria-invalid")).toBe("true");
    const described = (input.getAttribute("aria-describedby") ?? "").split(" ");
    expect(described.map((id) => document.getElementById(id)?.textContent)).toEqual([
      "On your card",
      "Too short",
    ]);
  });
});

describe("Menu", () => {
  const items = [
    { label: "Rename", onSelect: vi.fn() },
    { label: "Archive", onSelect: vi.fn(), inert: true },
    { label: "Delete", onSelect: vi.fn() },
  ];
  const open = (): HTMLElement => {
    draw(<Menu label="More" items={items} />);
    const button = screen.getByRole("button", { name: "More" });
    fireEvent.click(button);
    return button;
  };
  const focused = (): string | null | undefined => document.activeElement?.textContent;
  const key = (name: string): boolean =>
    fireEvent.keyDown(document.activeElement as Element, { key: name });

  test("arrows, Home and End move, Escape closes and gives the focus back", () => {
    const button = open();
    expect(focused()).toBe("Rename");
    key("ArrowUp");
    expect(focused()).toBe("Delete");
    key("Home");
    key("ArrowDown");
    expect(focused()).toBe("Archive");
    key("Escape");
    expect(screen.queryByRole("menu")).toBeNull();
    expect(document.activeElement).toBe(button);
  });

  test("an inert item does nothing, another acts and closes", () => {
    open();
    fireEvent.click(screen.getByRole("menuitem", { name: "Archive" }));
    expect(items[1]?.onSelect).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole("menuitem", { name: "Delete" }));
    expect(items[2]?.onSelect).toHaveBeenCalledOnce();
    expect(screen.queryByRole("menu")).toBeNull();
  });
});

describe("Dialog", () => {
  test("asks its owner to close, and gives the focus back", () => {
    const close = vi.fn();
    const show = (open: boolean): unknown => (
      <>
        <button type="button">Opener</button>
        <Dialog open={open} title="Delete?" onClose={close} />
      </>
    );
    const { rerender } = draw(show(false));
    screen.getByRole("button", { name: "Opener" }).focus();
    rerender(show(true) as never);
    fireEvent.click(screen.getByRole("button", { name: "Close" }));
    expect(close).toHaveBeenCalledOnce();
    rerender(show(false) as never);
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Opener" }));
  });
});

describe("Toast", () => {
  afterEach(() => vi.useRealTimers());

  const undo = vi.fn();
  function Deleting(): ReturnType<typeof Button> {
    const toast = useToast();
    return (
      <Button onClick={() => toast({ text: "Deleted", action: { label: "Undo", onAction: undo } })}>
        Delete
      </Button>
    );
  }
  const show = (): void => {
    vi.useFakeTimers();
    draw(
      <ToastProvider>
        <Deleting />
      </ToastProvider>,
    );
    fireEvent.click(screen.getByRole("button", { name: "Delete" }));
  };
  const pass = (ms: number): void => void act(() => void vi.advanceTimersByTime(ms));

  test("undo acts once and takes the toast away", () => {
    show();
    expect(screen.getByRole("status").textContent).toContain("Deleted");
    fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    expect(undo).toHaveBeenCalledOnce();
    expect(screen.queryByText("Deleted")).toBeNull();
  });

  test("it leaves by itself, but not under the pointer", () => {
    show();
    const toast = screen.getByText("Deleted").parentElement as HTMLElement;
    fireEvent.pointerEnter(toast);
    pass(60_000);
    expect(screen.getByText("Deleted")).toBeTruthy();
    fireEvent.pointerLeave(toast);
    pass(10_001);
    expect(screen.queryByText("Deleted")).toBeNull();
  });
});
