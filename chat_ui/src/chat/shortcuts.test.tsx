/** Shortcuts: which keys they are, how they are changed, and that they can be switched off. */
import { fireEvent, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { drawInChat } from "~/testing/chat-frame.tsx";
import {
  keysOf,
  readable,
  resetShortcuts,
  setShortcuts,
  shortcutOf,
  shortcuts,
} from "./shortcuts.ts";
import { ShortcutsDialog } from "./shortcuts-dialog.tsx";

const press = (key: string, more: KeyboardEventInit = {}): KeyboardEvent =>
  new KeyboardEvent("keydown", { key, ...more });

beforeEach(resetShortcuts);

describe("shortcuts", () => {
  it("are read from the keys that are down", () => {
    expect(keysOf(press("O", { ctrlKey: true, shiftKey: true }))).toBe("mod+shift+o");
    expect(keysOf(press("Shift", { shiftKey: true }))).toBeNull();
    expect(shortcutOf(press("k", { ctrlKey: true }))).toBe("search");
    expect(shortcutOf(press("k"))).toBeUndefined();
    expect(readable("mod+shift+o")).toBe("Ctrl Shift O");
  });

  it("are silent when switched off, but for the list that switches them on", () => {
    setShortcuts({ ...shortcuts.get(), areOn: false });
    expect(shortcutOf(press("k", { ctrlKey: true }))).toBeUndefined();
    expect(shortcutOf(press("/", { ctrlKey: true }))).toBe("list");
  });

  it("are listed, and take other keys that no writing needs", async () => {
    await drawInChat(<ShortcutsDialog onClose={vi.fn()} />);
    const search = (): HTMLElement => screen.getByRole("button", { name: /^Search conversations/ });
    fireEvent.click(search());
    fireEvent.keyDown(search(), { key: "x" });
    expect(shortcuts.get().keys.search).toBe("mod+k");
    fireEvent.click(search());
    fireEvent.keyDown(search(), { key: "x", altKey: true });
    expect(shortcuts.get().keys.search).toBe("alt+x");
    fireEvent.click(screen.getByRole("button", { name: "Back to the standard keys" }));
    expect(shortcuts.get().keys.search).toBe("mod+k");
  });
});
