/** Differences of JSON values, and carrying them over. */
import { expect, test } from "vitest";
import { differences, valueAt, withValue } from "./differences.ts";

test("nested objects differ where they differ, lists as a whole", () => {
  expect(differences({ a: { b: 1, c: 2 }, l: [1] }, { a: { b: 1, c: 3 }, l: [1, 2] })).toEqual([
    { pointer: "/a/c", before: 2, after: 3 },
    { pointer: "/l", before: [1], after: [1, 2] },
  ]);
});

test("absent is undefined, on both sides", () => {
  expect(differences({ a: 1 }, { b: 2 })).toEqual([
    { pointer: "/a", before: 1, after: undefined },
    { pointer: "/b", before: undefined, after: 2 },
  ]);
});

test("names with slashes and tildes survive", () => {
  const [change] = differences({}, { "a/b~c": 1 });
  expect(change?.pointer).toBe("/a~1b~0c");
  expect(valueAt({ "a/b~c": 1 }, "/a~1b~0c")).toBe(1);
  expect(withValue({}, "/a~1b~0c", 2)).toEqual({ "a/b~c": 2 });
});

test("names of the prototype are ordinary names", () => {
  expect(valueAt({}, "/constructor")).toBeUndefined();
  expect(Object.keys(withValue({}, "/x/y", 1))).toEqual(["x"]);
});

test("writing leaves the rest, and undefined takes out", () => {
  expect(withValue({ a: { b: 1, c: 2 } }, "/a/b", undefined)).toEqual({ a: { c: 2 } });
});
