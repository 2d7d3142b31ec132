/** Notices: asked for, once over all tabs, and none for somebody who looks. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Api, OpenRequest } from "~/core/api.ts";
import { place } from "./route.ts";

class FakeNotification extends EventTarget {
  static permission = "granted";
  static shown: FakeNotification[] = [];
  static requestPermission = (): Promise<string> => Promise.resolve(FakeNotification.permission);
  constructor(
    readonly title: string,
    readonly options: NotificationOptions,
  ) {
    super();
    FakeNotification.shown.push(this);
  }
  close(): void {}
}

const waiting: OpenRequest[] = [
  { interruptId: "i1", conversationId: "c1", title: "Refund\u202e?" },
];
const api = { call: () => Promise.resolve({ items: waiting }) } as unknown as Api;
const look = (state: DocumentVisibilityState): void =>
  void vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);

beforeEach(() => {
  FakeNotification.shown = [];
  FakeNotification.permission = "granted";
  localStorage.clear();
  vi.stubGlobal("Notification", FakeNotification);
  vi.spyOn(window, "focus").mockImplementation(() => undefined);
  const request = (_: string, run: () => unknown): Promise<unknown> => Promise.resolve(run());
  vi.stubGlobal(
    "navigator",
    Object.assign(Object.create(navigator) as object, { locks: { request } }),
  );
  vi.resetModules();
});
afterEach(() => vi.unstubAllGlobals());

const load = async (): Promise<{
  tell: () => Promise<void>;
  turn: (isOn: boolean) => Promise<boolean>;
}> => {
  const { tellOfRequests } = await import("./notices.ts");
  const { setNotices } = await import("./notice-consent.ts");
  return { tell: () => tellOfRequests(api, "Your answer is needed"), turn: setNotices };
};

describe("a notice", () => {
  it("is shown once, however often it is looked for", async () => {
    look("hidden");
    const { tell, turn } = await load();
    await turn(true);
    await Promise.all([tell(), tell()]);
    expect(FakeNotification.shown.map(({ title, options }) => [title, options.body])).toEqual([
      ["Your answer is needed", "Refund[U+202E]?"],
    ]);
  });

  it("is not shown to somebody who looks, and not later either", async () => {
    const { tell, turn } = await load();
    await turn(true);
    look("visible");
    await tell();
    look("hidden");
    await tell();
    expect(FakeNotification.shown).toEqual([]);
  });

  it("is not shown to somebody who did not ask for it, or may not have it", async () => {
    look("hidden");
    const { tell, turn } = await load();
    await tell();
    FakeNotification.permission = "denied";
    expect(await turn(true)).toBe(false);
    await tell();
    expect(FakeNotification.shown).toEqual([]);
  });

  it("leads to the card", async () => {
    look("hidden");
    const { tell, turn } = await load();
    await turn(true);
    await tell();
    FakeNotification.shown[0]?.dispatchEvent(new Event("click"));
    expect(location.hash).toBe("#/c/c1/request/i1");
    expect(place).toBeDefined();
  });
});
