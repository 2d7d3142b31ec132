/** Writing: what the keys do, what survives, and what does not get through. */
import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { createRef } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { drawInChat, type ChatFrame } from "~/testing/chat-frame.tsx";
import { Composer } from "./composer.tsx";
import { draftOf, withQuote } from "./composer-drafts.ts";
import { isComposing } from "./keys.ts";

const draw = (isRunning = false, api = {}): Promise<ChatFrame> =>
  drawInChat(
    <Composer
      ref={createRef()}
      conversationId="c1"
      isRunning={isRunning}
      lastSent="what I said"
      actions={[]}
    />,
    api,
  );
const field = (): HTMLTextAreaElement => screen.getByRole("textbox", { name: "Message" });
const write = (words: string): boolean => fireEvent.input(field(), { target: { value: words } });

beforeEach(() => draftOf("c1").set(""));

describe("the composer", () => {
  it("sends with Enter and is empty at once", async () => {
    const { bench } = await draw();
    write("  hello ");
    fireEvent.keyDown(field(), { key: "Enter" });
    expect(bench.socket.last("message.send").content).toBe("hello");
    await waitFor(() => expect(field().value).toBe(""));
  });

  it("leaves Shift+Enter and the Enter of an input method to the field", async () => {
    const { bench } = await draw();
    write("one");
    fireEvent.keyDown(field(), { key: "Enter", shiftKey: true });
    fireEvent.keyDown(field(), { key: "Enter", isComposing: true });
    fireEvent.keyDown(field(), { key: "Enter", keyCode: 229 });
    expect(bench.socket.sent.some(({ type }) => type === "message.send")).toBe(false);
    expect(isComposing({ keyCode: 13 })).toBe(false);
  });

  it("brings the last message back with the up arrow, but only into an empty field", async () => {
    await draw();
    fireEvent.keyDown(field(), { key: "ArrowUp" });
    await waitFor(() => expect(field().value).toBe("what I said"));
    write("new");
    fireEvent.keyDown(field(), { key: "ArrowUp" });
    expect(field().value).toBe("new");
  });

  it("stops the answer with Escape, and says so when that does not get through", async () => {
    const { bench } = await draw(true);
    fireEvent.keyDown(field(), { key: "Escape" });
    const { id } = bench.socket.last("turn.stop");
    bench.socket.frame({ type: "error", id, code: "conflict", message: "Nothing is running." });
    await screen.findByText("Nothing is running. (conflict)");
  });

  it("sends files beside words only once they are uploaded, and lets a failed one be tried again", async () => {
    const part = { type: "file" as const, fileId: "f1", name: "a.txt" };
    const upload = vi.fn().mockRejectedValueOnce(new Error("too slow")).mockResolvedValue(part);
    const { bench } = await draw(false, { upload });
    fireEvent.paste(field(), { clipboardData: { files: [new File(["a"], "a.txt")] } });
    fireEvent.click(await screen.findByRole("button", { name: "Upload a.txt again" }));
    await waitFor(() =>
      expect(screen.getByRole("button", { name: "Send" }).ariaDisabled ?? null).toBeNull(),
    );
    await waitFor(() => {
      fireEvent.click(screen.getByRole("button", { name: "Send" }));
      expect(bench.socket.last("message.send").content).toEqual([part]);
    });
  });
});

describe("a draft", () => {
  it("outlives a reload until it is sent", () => {
    draftOf("c9").set("half a thought");
    expect(localStorage.getItem("peer-server:draft:c9")).toBe("half a thought");
    draftOf("c9").set("");
    expect(localStorage.getItem("peer-server:draft:c9")).toBeNull();
  });

  it("takes a quotation after what is written", () => {
    expect(withQuote("", "one\ntwo")).toBe("> one\n> two\n\n");
    expect(withQuote("so", "one")).toBe("so\n\n> one\n\n");
  });
});
