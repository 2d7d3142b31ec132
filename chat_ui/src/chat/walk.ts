/** The transcript by keyboard: from message to message, into a card, back to where one writes. */
import type { KeyboardEvent } from "react";

const MOVES: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowUp: (at) => Math.max(0, at - 1),
  ArrowDown: (at, last) => Math.min(last, at + 1),
  Home: () => 0,
  End: (_, last) => last,
};

/** Arrows go from message to message, Enter goes into a card, Escape back to where one writes. */
export function walk(event: KeyboardEvent<HTMLElement>, onLeave: () => void): void {
  const target = event.target as HTMLElement;
  if (event.key === "Escape" && !event.defaultPrevented) return onLeave();
  if (!target.matches("[data-message]")) return;
  if (event.key === "Enter") {
    target.querySelector<HTMLElement>(".card, button, a")?.focus();
    return event.preventDefault();
  }
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-message]")];
  const next = MOVES[event.key]?.(all.indexOf(target), all.length - 1);
  if (next === undefined) return;
  event.preventDefault();
  all[next]?.focus();
}

/** Whether this opens or folds something. */
export function isFold(pressed: EventTarget | null): boolean {
  return pressed instanceof Element && pressed.closest("[aria-expanded], summary") !== null;
}

/** Gives the focus to the newest message. */
export function focusLast(list: HTMLElement | null): void {
  const all = list?.querySelectorAll<HTMLElement>("[data-message]");
  all?.[all.length - 1]?.focus();
}
