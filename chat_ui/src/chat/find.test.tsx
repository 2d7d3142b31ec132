/** Searching one conversation: what is found, the way from one message to the next, and where words are drawn. */
import { fireEvent, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { emptyView, type ConversationView, type Message } from "~/core/view.ts";
import { drawInChat } from "~/testing/chat-frame.tsx";
import { FindBar } from "./find-bar.tsx";
import { messagesWith, placesOf } from "./find.ts";
import { go, place } from "./route.ts";

const view = (...texts: string[]): ConversationView => {
  const messages = texts.map((text, at) => ({
    messageId: `m${at}`,
    parentId: at === 0 ? undefined : `m${at - 1}`,
    role: at % 2 === 0 ? "user" : "assistant",
    parts: at === 0 ? [{ type: "file", fileId: "f", name: "Rechnung.pdf" }] : [],
    text,
  })) as unknown as Message[];
  return {
    ...emptyView(),
    messages: Object.fromEntries(messages.map((message) => [message.messageId, message])),
    leaf: messages.at(-1)?.messageId ?? null,
  };
};

describe("a search", () => {
  it("finds messages of the shown branch by their text, files and requests, in any case", () => {
    const talk = view("Where is my Lamp?", "On its way", "lamp, LAMP!", "Stra\u00dfe");
    expect(messagesWith("lamp", talk)).toEqual(["m0", "m2"]);
    expect(messagesWith("rechnung", talk)).toEqual(["m0"]);
    expect(messagesWith("  ", talk)).toEqual([]);
    const asked = { interrupts: { i: { messageId: "m1", title: "Refund 5 EUR?" } } } as never;
    expect(messagesWith("refund", { ...talk, ...(asked as object) })).toEqual(["m1"]);
    expect(messagesWith("elsewhere", { ...talk, leaf: "m0" })).toEqual([]);
  });

  it("knows every place where the words are drawn", () => {
    document.body.innerHTML = "<p>A lamp, a <b>Lamp</b> and lam<i>p</i>. lamplamp</p>";
    const found = placesOf("LAMP", [document.body]);
    expect(found.map(String)).toEqual(["lamp", "Lamp", "lamp", "lamp"]);
  });
});

describe("the bar", () => {
  beforeEach(() => go({ conversationId: "c" }));

  it("leads from the newest message to earlier ones and back, and closes", async () => {
    const close = vi.fn();
    const talk = view("lamp 1", "no", "lamp 2", "no", "lamp 3");
    await drawInChat(<FindBar conversationId="c" view={talk} onClose={close} />);
    const field = screen.getByRole("searchbox", { name: "Search in this conversation" });
    expect(document.activeElement).toBe(field);
    fireEvent.input(field, { target: { value: "lamp" } });
    const status = (): string | null => screen.getAllByRole("status")[0]?.textContent ?? null;
    expect([place.get().messageId, status()]).toEqual(["m4", "3 of 3"]);
    fireEvent.keyDown(field, { key: "Enter" });
    expect([place.get().messageId, status()]).toEqual(["m2", "2 of 3"]);
    fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
    fireEvent.click(screen.getByRole("button", { name: "Later" }));
    expect([place.get().messageId, status()]).toEqual(["m0", "1 of 3"]);
    fireEvent.input(field, { target: { value: "lamp 9" } });
    expect(status()).toBe("Nothing found");
    fireEvent.keyDown(field, { key: "Escape" });
    expect(close).toHaveBeenCalledOnce();
  });
});
