/** The keys that work anywhere on the page: kept in this browser, changeable, and they can be switched off. */
import { createStore, type Readable } from "~/core/store.ts";

/** What a shortcut does. */
export type ShortcutId = "list" | "new" | "search" | "find" | "newest";

/** The keys in use, as `mod+shift+o`; `mod` is ⌘ on a Mac and Ctrl elsewhere. */
export interface Shortcuts {
  readonly areOn: boolean;
  readonly keys: Readonly<Record<ShortcutId, string>>;
}

const KEY = "peer-server:shortcuts";
const standard: Shortcuts = {
  areOn: true,
  keys: {
    list: "mod+/",
    new: "mod+shift+o",
    search: "mod+k",
    find: "mod+shift+f",
    newest: "alt+arrowup",
  },
};
const store = createStore<Shortcuts>(read());
const isMac = /mac|iphone|ipad/i.test(navigator.platform);

/** As they are now. */
export const shortcuts: Readable<Shortcuts> = store;

/** Changes and keeps them. */
export function setShortcuts(next: Shortcuts): void {
  localStorage.setItem(KEY, JSON.stringify(next));
  store.set(next);
}

/** Back to what they were at first. */
export function resetShortcuts(): void {
  localStorage.removeItem(KEY);
  store.set(standard);
}

/** The keys that this event presses, or null while only modifiers are down. */
export function keysOf(event: KeyboardEvent): string | null {
  if (["Control", "Meta", "Shift", "Alt"].includes(event.key)) return null;
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const parts = [mod && "mod", event.altKey && "alt", event.shiftKey && "shift", event.key];
  return parts.filter(Boolean).join("+").toLowerCase();
}

/** What this event asks for, if anything. */
export function shortcutOf(event: KeyboardEvent): ShortcutId | undefined {
  const { areOn, keys } = store.get();
  const pressed = keysOf(event);
  const found = (Object.keys(keys) as ShortcutId[]).find((id) => keys[id] === pressed);
  return areOn || found === "list" ? found : undefined; // the list is where they are switched on again
}

/** What a control says of the keys that do the same: to people, and to assistive technology. */
export interface KeyHint {
  readonly keys?: string;
  readonly "aria-keyshortcuts"?: string;
}

/** The hint for keys such as `mod+shift+o`. */
export function hintOf(keys: string): KeyHint {
  return { keys: readable(keys), "aria-keyshortcuts": spelled(keys) };
}

/** What other action these keys are in use for, if any. */
export function takenBy(keys: string, id: ShortcutId): ShortcutId | undefined {
  const inUse = store.get().keys;
  return (Object.keys(inUse) as ShortcutId[]).find((one) => one !== id && inUse[one] === keys);
}

/** The keys as people read them: `Ctrl Shift O`, `⌘ K`. */
export function readable(keys: string): string {
  const names: Record<string, string> = {
    mod: isMac ? "⌘" : "Ctrl",
    alt: isMac ? "⌥" : "Alt",
    shift: isMac ? "⇧" : "Shift",
    arrowup: "↑",
    arrowdown: "↓",
  };
  const part = (key: string): string => names[key] ?? key.charAt(0).toUpperCase() + key.slice(1);
  return keys.split("+").map(part).join(" ");
}

function spelled(keys: string): string {
  const names: Record<string, string> = {
    mod: isMac ? "Meta" : "Control",
    esc: "Escape",
    arrowup: "ArrowUp",
    arrowdown: "ArrowDown",
  };
  const part = (key: string): string => names[key] ?? key.charAt(0).toUpperCase() + key.slice(1);
  return keys.split("+").map(part).join("+");
}

function read(): Shortcuts {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Shortcuts>;
    return { areOn: kept.areOn ?? true, keys: { ...standard.keys, ...kept.keys } };
  } catch {
    return standard; // another program wrote there
  }
}
