/** A button that opens a list of actions. */
import { useEffect, useRef, useState, type JSX, type KeyboardEvent } from "react";
import { IconButton, type ButtonProps } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { Ellipsis, type IconNode } from "./icons.ts";
import { usePopup } from "./use-popup.ts";

/** One action. An `inert` one is shown, focusable and does nothing. */
export type MenuItem = {
  readonly label: string;
  readonly icon?: IconNode;
  readonly tone?: "plain" | "bad";
  readonly inert?: boolean;
  /** The keys that do the same, as people read them. */
  readonly keys?: string;
  readonly onSelect: () => void;
};

/** `label` names the button and the menu. */
export type MenuProps = {
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly icon?: IconNode;
  readonly align?: "start" | "end";
  readonly size?: NonNullable<ButtonProps["size"]>;
};

const steps: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Arrow keys, Home and End move, Escape closes and gives the focus back, a click outside closes. */
export function Menu({
  label,
  items,
  icon = Ellipsis,
  align = "end",
  size = "normal",
}: MenuProps): JSX.Element {
  const anchor = useRef<HTMLSpanElement>(null);
  const popup = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  usePopup(open, { anchor, popup, side: "below", align });
  const close = (): void => {
    setOpen(false);
    anchor.current?.querySelector("button")?.focus();
  };
  useEffect(() => {
    if (!open) return;
    popup.current?.querySelector("button")?.focus();
    const outside = (event: Event): void => {
      if (!event.composedPath().includes(anchor.current as EventTarget)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const move = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    const all = [...event.currentTarget.querySelectorAll("button")];
    const next = steps[event.key]?.(all.indexOf(event.target as HTMLButtonElement), all.length);
    if (next === undefined) return;
    event.preventDefault();
    all[next]?.focus();
  };
  return (
    <span ref={anchor} className="menu-anchor">
      <IconButton
        icon={icon}
        label={label}
        size={size}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div
          ref={popup}
          className="popup menu"
          popover="manual"
          role="menu"
          tabIndex={-1}
          aria-label={label}
          onKeyDown={move}
          onBlur={(event) => leftMenu(event, () => setOpen(false))}
        >
          {items.map((item) => (
            <MenuRow key={item.label} item={item} onDone={close} />
          ))}
        </div>
      )}
    </span>
  );
}

function leftMenu(
  event: { currentTarget: Element; relatedTarget: EventTarget | null },
  done: () => void,
): void {
  const next = event.relatedTarget as Node | null;
  if (next !== null && !event.currentTarget.contains(next)) done();
}

function MenuRow({
  item,
  onDone,
}: {
  readonly item: MenuItem;
  readonly onDone: () => void;
}): JSX.Element {
  const select = (): void => {
    if (item.inert) return;
    onDone();
    item.onSelect();
  };
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className="menu-item"
      data-tone={item.tone}
      aria-disabled={item.inert || undefined}
      onClick={select}
    >
      {item.icon && <Icon of={item.icon} />}
      {item.label}
      {item.keys && (
        <kbd className="menu-keys" aria-hidden="true">
          {item.keys}
        </kbd>
      )}
    </button>
  );
}
