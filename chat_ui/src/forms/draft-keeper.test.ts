/** Drafts: saved after a pause, one at a time, and merged field by field with what another device saved. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { refusal } from "~/testing/requests.ts";
import type { JsonObject } from "./differences.ts";
import { DraftKeeper, type DraftWorld } from "./draft-keeper.ts";

const world = {
  save: vi.fn<DraftWorld["save"]>(),
  onMerge: vi.fn<DraftWorld["onMerge"]>(),
  onStatus: vi.fn<DraftWorld["onStatus"]>(),
};

const keeper = (values: JsonObject = {}, rev = 0): DraftKeeper =>
  new DraftKeeper(world, { values, rev, page: 0 });

beforeEach(() => {
  vi.useFakeTimers();
  for (const mock of Object.values(world)) mock.mockReset();
  world.save.mockImplementation((_values, rev) => Promise.resolve(rev + 1));
});

afterEach(() => void vi.useRealTimers());

test("typing is saved once, after a pause", async () => {
  const draft = keeper();
  draft.change({ a: "1" }, ["/a"], 0);
  await vi.advanceTimersByTimeAsync(400);
  draft.change({ a: "12" }, ["/a"], 0);
  await vi.advanceTimersByTimeAsync(599);
  expect(world.save).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(world.save.mock.calls).toEqual([[{ a: "12" }, 0, 0]]);
  expect(world.onStatus).toHaveBeenLastCalledWith("saved");
});

test("what is typed during a save goes out with the next one, over the new revision", async () => {
  let finish: (rev: number) => void = () => undefined;
  world.save.mockImplementationOnce(() => new Promise((resolve) => (finish = resolve)));
  const draft = keeper();
  draft.change({ a: "1" }, ["/a"], 0);
  await vi.advanceTimersByTimeAsync(600);
  draft.change({ a: "12" }, ["/a"], 0);
  await vi.advanceTimersByTimeAsync(1000);
  expect(world.save).toHaveBeenCalledTimes(1);
  finish(1);
  await vi.advanceTimersByTimeAsync(600);
  expect(world.save.mock.calls[1]).toEqual([{ a: "12" }, 1, 0]);
  expect(world.onStatus).toHaveBeenLastCalledWith("saved");
});

test("a stale draft is merged: touched fields win, the others are theirs", async () => {
  const theirs = { interruptId: "i", rev: 4, values: { a: "theirs", b: "theirs" } };
  world.save.mockImplementationOnce(() => Promise.reject(refusal("stale_draft", theirs)));
  const draft = keeper({ a: "", b: "" }, 1);
  draft.change({ a: "mine", b: "" }, ["/a"], 0);
  await vi.advanceTimersByTimeAsync(600);
  expect(world.onMerge).toHaveBeenCalledWith({ a: "mine", b: "theirs" }, undefined);
  expect(world.save).toHaveBeenLastCalledWith({ a: "mine", b: "theirs" }, 4, 0);
});

test("another device's save arrives; what is not saved here yet stays", () => {
  const draft = keeper({ a: "", b: "" });
  draft.change({ a: "mine", b: "" }, ["/a"], 0);
  draft.receive({ interruptId: "i", rev: 1, values: { a: "x", b: "y" }, page: 1 });
  expect(world.onMerge).toHaveBeenCalledWith({ a: "mine", b: "y" }, 1);
});

test("saved fields are no longer mine: a later save of another device wins", async () => {
  const draft = keeper();
  draft.change({ a: "mine" }, ["/a"], 0);
  await vi.advanceTimersByTimeAsync(600);
  draft.receive({ interruptId: "i", rev: 2, values: { a: "theirs" } });
  expect(world.onMerge).toHaveBeenCalledWith({ a: "theirs" }, undefined);
});

test("an emptied field stays empty through a merge", () => {
  const draft = keeper({ a: "x" });
  draft.change({}, ["/a"], 0);
  draft.receive({ interruptId: "i", rev: 1, values: { a: "old", b: "y" } });
  expect(world.onMerge).toHaveBeenCalledWith({ b: "y" }, undefined);
});

test("a cut connection is tried again; a refusal is told", async () => {
  world.save.mockImplementationOnce(() => Promise.reject(new Error("cut")));
  const draft = keeper();
  draft.change({ a: "1" }, ["/a"], 0);
  await vi.advanceTimersByTimeAsync(600);
  expect(world.onStatus).toHaveBeenLastCalledWith("unsaved");
  await vi.advanceTimersByTimeAsync(3000);
  expect(world.onStatus).toHaveBeenLastCalledWith("saved");
  world.save.mockImplementationOnce(() => Promise.reject(refusal("draft_too_large")));
  draft.change({ a: "2" }, ["/a"], 0);
  await vi.advanceTimersByTimeAsync(600);
  expect(world.onStatus).toHaveBeenLastCalledWith("failed");
});

test("closing saves at once what waits, and nothing after", async () => {
  world.save.mockImplementation(() => Promise.reject(new Error("cut")));
  const draft = keeper();
  draft.change({ a: "1" }, ["/a"], 0);
  draft.close();
  expect(world.save).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(world.save).toHaveBeenCalledTimes(1);
});
