/** What a session tells of besides its conversations: refusals, deaf connections, news for lists. */
import { describe, expect, it } from "vitest";
import type { AnyEvent, AnyServerFrame } from "~/protocol/wire.gen.ts";
import { Bench, settle } from "~/testing/session-bench.ts";

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
/** The replay is through, and nothing is in flight. */
const loaded = {
  type: "snapshot",
  conversationId: "c1",
  lastSeq: 0,
  drafts: [],
  streaming: [],
} satisfies AnyServerFrame;

describe("a session", () => {
  it("says that a conversation cannot be opened, and takes it back when it can", async () => {
    const bench = new Bench();
    const { conversation } = bench.session.enter("c1");
    await bench.goLive();
    const { id } = bench.socket.last("conversation.open");
    bench.socket.frame({ type: "error", id, code: "not_found", message: "no such conversation" });
    await settle();
    expect(conversation.state.get().refusal).toBe("No such conversation.");
    conversation.opened("e1");
    expect(conversation.state.get().refusal).toBeNull();
  });

  it("hangs up on a server that no longer answers, and connects anew", async () => {
    const bench = new Bench();
    await bench.goLive();
    bench.timers.at(-1)?.(); // time for a ping
    expect(bench.socket.last("ping").type).toBe("ping");
    bench.timers.at(-1)?.(); // no answer in time
    expect(bench.session.connection.get().state).toBe("reconnecting");
  });

  it("asks at once whether the server answers when the network changed", async () => {
    const bench = new Bench();
    await bench.goLive();
    bench.session.check();
    expect(bench.socket.last("ping").type).toBe("ping");
    bench.socket.frame({ type: "ack", id: "beat" });
    bench.timers.at(-1)?.(); // it answered in time
    expect(bench.session.connection.get().state).toBe("live");
    bench.session.check();
    bench.timers.at(-1)?.();
    expect(bench.session.connection.get().state).toBe("reconnecting");
    bench.session.check();
    await settle();
    expect(bench.sockets).toHaveLength(2);
  });

  it("counts news for the lists, but not what is replayed", async () => {
    const bench = new Bench();
    bench.session.enter("c1");
    await bench.goLive();
    bench.socket.frame(event(1, message("m1")));
    expect(bench.session.news.get()).toBe(0);
    bench.socket.frame(loaded);
    bench.socket.frame(event(2, message("m2")));
    expect(bench.session.news.get()).toBe(1);
  });
});
