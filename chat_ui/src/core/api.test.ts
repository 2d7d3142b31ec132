/** Requests as the server gets them, and what the types refuse. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Api, ApiProblem } from "./api.ts";

const answers = vi.fn<typeof fetch>();
const api = new Api("https://peers.example", "psk_1");
const answer = (body: unknown, status = 200): void => {
  answers.mockResolvedValueOnce(new Response(JSON.stringify(body), { status }));
};

beforeEach(() => vi.stubGlobal("fetch", answers.mockReset()));
afterEach(() => vi.unstubAllGlobals());

describe("a request", () => {
  it("has its parts where the operation wants them", async () => {
    answer({ items: [] });
    answer({ version: 2 });
    await api.conversations({ archived: true, cursor: "a&b" });
    const path = { flow_id: "a/b", number: 3 };
    await api.call("GET /v1/flow/{flow_id}/version/{number}", { path });
    expect(answers.mock.calls.map(([url]) => url)).toEqual([
      "https://peers.example/v1/conversation?limit=30&archived=true&cursor=a%26b",
      "https://peers.example/v1/flow/a%2Fb/version/3",
    ]);
  });

  it("carries its body as JSON, and the token", async () => {
    answer({ id: "c1" }, 201);
    await api.startConversation("p1");
    expect(answers.mock.calls[0]?.[1]).toEqual({
      method: "POST",
      headers: { authorization: "Bearer psk_1", "content-type": "application/json" },
      body: '{"peerId":"p1"}',
    });
  });

  it("is refused by the words of the problem", async () => {
    answer({ code: "not_found", detail: "there is no Peer" }, 404);
    await expect(api.peer("x")).rejects.toEqual(
      new ApiProblem(404, "not_found", "There is no Peer."),
    );
  });

  it("does not compile if the operation takes something else", () => {
    const wrong = (): unknown[] => [
      // @ts-expect-error there is no such operation
      api.call("GET /v1/peers"),
      // @ts-expect-error the path is incomplete
      api.call("GET /v1/peer/{peer_id}/card"),
      // @ts-expect-error a conversation needs a Peer
      api.call("POST /v1/conversation", { body: {} }),
      // @ts-expect-error a limit is a number
      api.call("GET /v1/peer", { query: { limit: "many" } }),
      // @ts-expect-error the answer has no such field
      api.call("GET /v1/me").then((me) => me.surname),
    ];
    expect(wrong).toBeTypeOf("function");
  });
});
