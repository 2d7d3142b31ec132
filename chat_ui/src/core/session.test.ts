/** A session against a server made of plain objects: reconnection, gaps, outbox, leases, half messages. */
import { describe, expect, it } from "vitest";
import type { AnyEvent, AnyServerFrame } from "~/protocol/wire.gen.ts";
import { Bench, settle } from "~/testing/session-bench.ts";
import { CommandFailure, ConnectionLost } from "./session.ts";
import { CLOSE_SIGNED_OUT } from "./socket.ts";

const event = (seq: number, payload: AnyEvent): AnyServerFrame => ({
  type: "event",
  conversationId: "c1",
  seq,
  at: "2026-11-20T10:00:00Z",
  event: payload,
});
const message = (id: string, clientMessageId?: string): AnyEvent => ({
  type: "message.created",
  messageId: id,
  role: "user",
  author: { kind: "user", id: "u", name: "U" },
  status: "completed",
  parts: [{ type: "text", text: id }],
  source: "person",
  ...(clientMessageId === undefined ? {} : { clientMessageId }),
});
const toolCall = (id: string): AnyEvent => ({
  type: "interrupt.opened",
  interruptId: id,
  executionId: id,
  kind: "client_tool",
  runId: "r",
  rootRunId: "r",
  stepId: "s",
  stepType: "client-tool",
  stepKey: "s",
  title: "Where are you?",
  payload: { toolName: "locate", parameters: { exact: true } },
  approvers: [],
  path: [],
  openedAt: "2026-11-20T10:00:00Z",
});

/** The replay is through, and nothing is in flight. */
const loaded = {
  type: "snapshot",
  conversationId: "c1",
  lastSeq: 0,
  drafts: [],
  streaming: [],
} satisfies AnyServerFrame;

describe("a session", () => {
  it("asks for what it missed after each reconnection, and shows it once", async () => {
    const bench = new Bench();
    const { conversation } = bench.session.enter("c1");
    await bench.goLive();
    const opened = bench.socket.last("conversation.open");
    bench.socket.frame({
      type: "ack",
      id: opened.id,
      conversationId: "c1",
      epoch: "e1",
      lastSeq: 1,
    });
    bench.socket.frame(event(1, message("a")));
    await settle();

    bench.socket.emit("close", { code: 1006 });
    expect(bench.session.connection.get()).toEqual({ state: "reconnecting", retryAtMs: 1125 });
    await bench.goLive();

    expect(bench.socket.last("conversation.open")).toMatchObject({ afterSeq: 1, epoch: "e1" });
    bench.socket.frame(event(1, message("a")));
    bench.socket.frame(event(2, message("b")));
    expect(conversation.state.get().view.order).toEqual(["a", "b"]);
  });

  it("asks again instead of skipping when an event is missing", async () => {
    const bench = new Bench();
    const { conversation } = bench.session.enter("c1");
    await bench.goLive();
    bench.socket.frame(event(1, message("a")));
    bench.socket.frame(event(3, message("c")));
    expect(conversation.state.get().view.lastSeq).toBe(1);
    expect(
      bench.socket.sent.filter((command) => command.type === "conversation.open"),
    ).toHaveLength(2);
    expect(bench.socket.last("conversation.open").afterSeq).toBe(1);
  });

  it("forgets its history on a reset and takes it anew", async () => {
    const bench = new Bench();
    const { conversation } = bench.session.enter("c1");
    await bench.goLive();
    bench.socket.frame(event(1, message("a")));
    bench.socket.frame({ type: "reset", conversationId: "c1", epoch: "e2" });
    expect(conversation.state.get().view.lastSeq).toBe(0);
    expect(bench.socket.last("conversation.open").afterSeq).toBe(0);
  });

  it("keeps an unsent message over a reload and sends it under the same id", async () => {
    const bench = new Bench();
    bench.session.send("c1", "hello");
    bench.session = bench.start();
    const { outbox } = bench.session.enter("c1");
    expect(outbox.pending.get()).toMatchObject([{ content: "hello", state: "sending" }]);
    await bench.goLive();
    await settle();
    const sent = bench.socket.last("message.send");
    bench.socket.frame({ type: "ack", id: sent.id });
    await settle();
    expect(sent.clientMessageId).toBe("id1");
    expect(outbox.pending.get()).toEqual([]);
    expect(bench.kept.size).toBe(0);
  });

  it("marks a refused message, lets the next ones go, and tries again when asked", async () => {
    const bench = new Bench();
    const { outbox } = bench.session.enter("c1");
    await bench.goLive();
    bench.session.send("c1", "one");
    bench.session.send("c1", "two");
    await settle();
    const refused = bench.socket.last("message.send");
    bench.socket.frame({
      type: "error",
      id: refused.id,
      code: "rate_limited",
      message: "slow down",
    });
    await settle();
    expect(bench.socket.last("message.send").content).toBe("two");
    expect(outbox.pending.get()[0]).toMatchObject({
      state: "failed",
      error: { code: "rate_limited" },
    });
    bench.socket.frame({ type: "ack", id: bench.socket.last("message.send").id });
    await settle();
    outbox.retry(refused.clientMessageId);
    await settle();
    expect(bench.socket.last("message.send").clientMessageId).toBe(refused.clientMessageId);
  });

  it("drops a pending message as soon as the log shows it, even without an ack", async () => {
    const bench = new Bench();
    const { outbox } = bench.session.enter("c1");
    await bench.goLive();
    bench.session.send("c1", "one");
    const { clientMessageId } = bench.socket.last("message.send");
    bench.socket.frame(event(1, message("a", clientMessageId)));
    expect(outbox.pending.get()).toEqual([]);
  });

  it("rejects a command that the server refuses, with its code", async () => {
    const bench = new Bench();
    await bench.goLive();
    const answer = bench.session.request({ type: "turn.stop", conversationId: "c1" });
    bench.socket.frame({
      type: "error",
      id: bench.socket.last("turn.stop").id,
      code: "not_found",
      message: "no such",
    });
    await expect(answer).rejects.toBeInstanceOf(CommandFailure);
  });

  it("sends what is asked while a connection is being made as soon as it stands, once", async () => {
    const bench = new Bench();
    await bench.goLive();
    bench.socket.emit("close", { code: 1006 });
    bench.session.connect();
    const resolution = { decision: "approve" };
    const answer = bench.session.request({
      type: "interrupt.resume",
      interruptId: "i",
      resolution,
    });
    await bench.goLive();
    const sent = bench.socket.sent.filter(({ type }) => type === "interrupt.resume");
    expect(sent).toMatchObject([{ interruptId: "i", resolution }]);
    bench.socket.frame({ type: "ack", id: bench.socket.last("interrupt.resume").id });
    await expect(answer).resolves.toMatchObject({ type: "ack" });
  });

  it("says that the way is cut when the connection that was being made fails", async () => {
    const bench = new Bench();
    bench.session.connect();
    await settle();
    const answer = bench.session.request({ type: "turn.stop", conversationId: "c1" });
    bench.socket.emit("close", { code: 1006 });
    await expect(answer).rejects.toBeInstanceOf(ConnectionLost);
  });

  it("goes on in the middle of a message, and replaces the pieces by the whole", async () => {
    const bench = new Bench();
    const { conversation } = bench.session.enter("c1");
    await bench.goLive();
    const streaming = {
      ...message("m"),
      role: "assistant",
      status: "streaming",
      parts: [],
    } as AnyEvent;
    bench.socket.frame(event(1, streaming));
    const delta = (offset: number, text: string): void =>
      bench.socket.frame({
        type: "message.delta",
        conversationId: "c1",
        messageId: "m",
        offset,
        delta: text,
      });
    delta(0, "Hel");
    delta(3, "lo 🌍");
    delta(99, "lost before me");
    expect(conversation.state.get().streaming["m"]).toBe("Hello 🌍");
    bench.socket.frame(
      event(2, {
        type: "message.completed",
        messageId: "m",
        status: "completed",
        text: "Hello 🌍!",
      }),
    );
    expect(conversation.state.get().streaming).toEqual({});
    expect(conversation.state.get().view.messages["m"]?.text).toBe("Hello 🌍!");
  });

  it("runs a client tool only under a lease, and answers with it", async () => {
    const bench = new Bench();
    bench.session.enter("c1");
    await bench.goLive();
    bench.socket.frame(loaded);
    bench.socket.frame(event(1, toolCall("i1")));
    bench.socket.frame({
      type: "error",
      id: bench.socket.last("clientTool.claim").id,
      code: "lease_held",
      message: "",
    });
    await settle();
    expect(bench.calls).toEqual([]);

    bench.socket.frame({ type: "clientTool.released", conversationId: "c1", interruptId: "i1" });
    bench.socket.frame({ type: "ack", id: bench.socket.last("clientTool.claim").id, lease: "L" });
    await settle();
    expect(bench.calls).toEqual([{ exact: true }]);
    expect(bench.socket.last("clientTool.result")).toMatchObject({
      lease: "L",
      toolResult: { executionId: "i1", success: true, output: { lat: 52.5 } },
    });
  });

  it("hands a result in again after a cut, without executing the tool twice", async () => {
    const bench = new Bench();
    bench.session.enter("c1");
    await bench.goLive();
    bench.socket.frame(loaded);
    bench.socket.frame(event(1, toolCall("i1")));
    bench.socket.frame({ type: "ack", id: bench.socket.last("clientTool.claim").id, lease: "L1" });
    await settle();
    bench.socket.emit("close", { code: 1006 });
    await settle();
    await bench.goLive();
    bench.socket.frame(loaded);
    bench.socket.frame({ type: "ack", id: bench.socket.last("clientTool.claim").id, lease: "L2" });
    await settle();
    expect(bench.calls).toHaveLength(1);
    expect(bench.socket.last("clientTool.result")).toMatchObject({ lease: "L2" });
  });

  it("waits for the person where a tool asks first, and can tell that they declined", async () => {
    const bench = new Bench({ asksFirst: new Set(["locate"]) });
    const { conversation } = bench.session.enter("c1");
    await bench.goLive();
    bench.socket.frame(loaded);
    bench.socket.frame(event(1, toolCall("i1")));
    await settle();
    expect(bench.socket.sent.map(({ type }) => type)).not.toContain("clientTool.claim");
    expect(bench.session.clientTools.offer("locate")).toBe("asks");

    const call = conversation.state.get().view.interrupts["i1"];
    if (call === undefined) throw new Error("the call is not there");
    void bench.session.clientTools.decline(call);
    bench.socket.frame({ type: "ack", id: bench.socket.last("clientTool.claim").id, lease: "L" });
    await settle();
    expect(bench.calls).toEqual([]);
    expect(bench.socket.last("clientTool.result").toolResult).toMatchObject({
      success: false,
      error: { code: "declined" },
    });
  });

  it("stops retrying once it is signed out, and never becomes somebody else silently", async () => {
    const bench = new Bench();
    await bench.goLive();
    bench.socket.emit("close", { code: CLOSE_SIGNED_OUT });
    expect(bench.session.connection.get()).toEqual({ state: "signedOut" });
  });
});
