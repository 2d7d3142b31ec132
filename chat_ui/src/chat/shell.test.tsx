/** Smaller parts of the shell: the list, the places, what is read aloud, and how much of a long thread is drawn. */
import { fireEvent, renderHook, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import type { ConversationRow } from "~/core/api.ts";
import { emptyView } from "~/core/view.ts";
import { drawInChat } from "~/testing/chat-frame.tsx";
import { request } from "~/testing/requests.ts";
import { Announcer } from "./announcer.tsx";
import { MessageOutcome } from "./message-outcome.tsx";
import { MessageQueue } from "./message-queue.tsx";
import { addressOf, go, place } from "./route.ts";
import { Sidebar } from "./sidebar.tsx";
import { plain } from "./speech.ts";
import { useShownPart } from "./use-shown-part.ts";

const row: ConversationRow = {
  id: "c1",
  peerId: "p",
  peerName: "Support desk",
  title: "A refund",
  pinned: false,
  archived: false,
  openInterrupts: 0,
  lastSeq: 5,
  preview: false,
  updatedAt: "2026-11-20T10:00:00Z",
};
const nothing = vi.fn();
const sidebar = (
  <Sidebar
    isOpen={false}
    onClose={nothing}
    onNew={nothing}
    onShortcuts={nothing}
    onSignedOut={nothing}
  />
);

describe("the list of conversations", () => {
  it("says that it could not be loaded, and tries again", async () => {
    const conversations = vi
      .fn()
      .mockRejectedValueOnce(new Error("no answer"))
      .mockResolvedValue({ items: [row] });
    await drawInChat(sidebar, { conversations });
    await screen.findByText("The list could not be loaded: No answer.");
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("A refund");
  });

  it("deletes with a way back", async () => {
    const conversations = vi.fn(() => Promise.resolve({ items: [row] }));
    const deleteConversation = vi.fn(() => Promise.resolve());
    const restoreConversation = vi.fn(() => Promise.resolve());
    await drawInChat(sidebar, { conversations, deleteConversation, restoreConversation });
    fireEvent.click(await screen.findByRole("button", { name: "Actions for A refund" }));
    fireEvent.click(screen.getByRole("menuitem", { name: "Delete" }));
    fireEvent.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(restoreConversation).toHaveBeenCalledWith("c1"));
  });

  it("says why something was not done", async () => {
    const conversations = vi.fn(() => Promise.resolve({ items: [row] }));
    const changeConversation = vi.fn(() => Promise.reject(new Error("not allowed")));
    await drawInChat(sidebar, { conversations, changeConversation });
    fireEvent.click(await screen.findByRole("button", { name: "Actions for A refund" }));
    fireEvent.click(screen.getByRole("menuitem", { name: "Pin" }));
    await screen.findByText("Not allowed.");
  });
});

describe("places", () => {
  it("are addresses of conversations, messages and requests", () => {
    go({ conversationId: "c1", interruptId: "i1" });
    expect(location.hash).toBe("#/c/c1/request/i1");
    location.hash = "#/c/c2/m2";
    window.dispatchEvent(new Event("hashchange"));
    expect(place.get()).toEqual({ conversationId: "c2", messageId: "m2" });
    expect(addressOf({ conversationId: "c3" })).toMatch(/#\/c\/c3$/);
    go({});
    expect(place.get()).toEqual({});
  });
});

describe("reading aloud", () => {
  it("leaves out what is only for the eyes", () => {
    const words = plain("# Title\n\n**Bold** [link](https://x) `code`\n\n```js\nlet x\n```\n- one");
    expect(words.replaceAll(/\s+/g, " ")).toBe("Title Bold link code one");
  });
});

describe("a long thread", () => {
  const ids = Array.from({ length: 200 }, (_, index) => `m${index}`);
  const box = { current: document.createElement("div") };

  it("is drawn from its end, further back on demand, and what was brought up stays", () => {
    const { result, rerender } = renderHook(
      (shown: string[]) => useShownPart(shown, { box, anchors: "i", wanted: undefined }),
      { initialProps: ids },
    );
    expect(result.current.hidden).toBe(140);
    result.current.more();
    rerender([...ids, "new"]);
    expect(result.current.hidden).toBe(80);
  });

  it("is drawn as far back as the address points", () => {
    const { result } = renderHook(() => useShownPart(ids, { box, anchors: "i", wanted: "m7" }));
    expect(result.current.hidden).toBe(7);
  });
});

describe("waiting messages", () => {
  it("can be answered now and taken back", async () => {
    const message = { text: "later" } as never;
    const view = { ...emptyView(), queue: ["m1"], messages: { m1: message } };
    const { bench } = await drawInChat(<MessageQueue conversationId="c1" view={view} />);
    fireEvent.click(screen.getByRole("button", { name: "Answer this now" }));
    expect(bench.socket.last("turn.steer").messageId).toBe("m1");
    fireEvent.click(screen.getByRole("button", { name: "Take back" }));
    expect(bench.socket.last("message.withdraw").messageId).toBe("m1");
  });
});

describe("an answer that failed", () => {
  it("says why in words, gives the reference to quote, and is tried again", async () => {
    const error = { code: "model_unavailable", message: "The model does not answer." };
    const message = { messageId: "m1", status: "failed", error } as never;
    const shown = { conversationId: "c1" } as never;
    const { bench } = await drawInChat(<MessageOutcome message={message} shown={shown} />);
    const told = screen.getByRole("alert");
    expect(told.textContent).toContain(
      "does not answer. Try again later. Reference: model_unavailable",
    );
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(bench.socket.last("message.regenerate").messageId).toBe("m1");
  });
});

describe("an answer that nobody pays for", () => {
  it("says until when, and who can raise the limit", async () => {
    const details = { raisedBy: "linkMaker", renewsAt: "2026-12-01T00:00:00+00:00" };
    const error = { code: "budget_spent", message: "the budget of this link is spent", details };
    const message = { messageId: "m1", status: "failed", error } as never;
    await drawInChat(
      <MessageOutcome message={message} shown={{ conversationId: "c1" } as never} />,
    );
    const told = screen.getByRole("alert").textContent;
    expect(told).toContain("The limit for AI answers is used up.");
    expect(told).toContain("whoever gave you the link can raise it");
    expect(told).toMatch(/2026/);
  });
});

describe("the announcer", () => {
  it("says that an answer is asked for, and nothing of what was there before", async () => {
    const before = { ...emptyView(), lastSeq: 3 };
    const frame = await drawInChat(<Announcer view={before} />);
    expect(screen.getAllByRole("status")[0]?.textContent).toBe("");
    const asked = { ...request(), title: "Pay \u202e005?" };
    const view = { ...before, openInterrupts: ["int_1"], interrupts: { int_1: asked } };
    frame.redraw(<Announcer view={view} />);
    await screen.findByText("Your answer is needed: Pay [U+202E]005?");
  });
});
