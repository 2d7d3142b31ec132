import { describe, expect, test } from "vitest";
import { absolute, read, write } from "./json.ts";

const state = { "a/b": [{ "m~n": 1 }], nothing: null };

describe("read", () => {
  test.each([
    ["", state],
    ["/a~1b/0/m~0n", 1],
    ["/nothing", null],
    ["/a~1b/1", undefined],
    ["/a~1b/x", undefined],
    ["/a~1b/0/m~0n/deeper", undefined],
    ["/toString", undefined],
    ["/__proto__/polluted", undefined],
    ["/a~1b/length", undefined],
  ])("%s", (pointer, expected) => {
    expect(read(state, pointer)).toEqual(expected);
  });
});

describe("write", () => {
  test("copies the way and shares the rest", () => {
    const before = { a: { x: 1 }, b: { y: 2 } };
    const after = write(before, "/a/x", 3) as typeof before;
    expect(after).toEqual({ a: { x: 3 }, b: { y: 2 } });
    expect(after.b).toBe(before.b);
    expect(before.a.x).toBe(1);
  });

  test.each([
    [{ list: [1, 2] }, "/list/1", 9, { list: [1, 9] }],
    [undefined, "/new/deep", 1, { new: { deep: 1 } }],
    [{ a: 1 }, "", "all", "all"],
  ])("%j at %s", (before, pointer, value, expected) => {
    expect(write(before, pointer, value)).toEqual(expected);
  });

  test("a prototype is a name like any other", () => {
    write({}, "/__proto__/polluted", true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

test.each([
  ["/x", "/rows/1", "/x"],
  ["x", "/rows/1", "/rows/1/x"],
  ["", "/rows/1", "/rows/1"],
])("%s from %s is %s", (path, base, expected) => {
  expect(absolute(path, base)).toBe(expected);
});
