/** The fold against the golden files that the server's fold is held to as well. */
import { describe, expect, it } from "vitest";
import type { EventFrame } from "~/protocol/wire.gen.ts";
import { fold, foldAll, GapError } from "./fold.ts";
import { branch, emptyView, siblings } from "./view.ts";

interface Golden {
  events: EventFrame[];
  view: unknown;
}

// as text: a module would make a prototype of the golden name `__proto__`
const files = import.meta.glob<string>("../../../tests/golden/*.json", {
  eager: true,
  query: "?raw",
  import: "default",
});
const read = (name: string): Golden => {
  const found = files[`../../../tests/golden/${name}.json`];
  if (found === undefined) throw new Error(`no golden file ${name}`);
  return JSON.parse(found) as Golden;
};
const names = Object.keys(files).map(
  (path) => path.split("/").at(-1)?.replace(".json", "") ?? path,
);

describe("fold", () => {
  it.each(names)("gives exactly the view of %s", (name) => {
    const { events, view } = read(name);
    expect(JSON.parse(JSON.stringify(foldAll(events)))).toEqual(view);
  });

  it.each(names)("never touches the view it was given (%s)", (name) => {
    const { events } = read(name);
    let view = emptyView();
    for (const frame of events) {
      const before = JSON.stringify(view);
      const next = fold(view, frame);
      expect(JSON.stringify(view)).toBe(before);
      view = next;
    }
  });

  it("refuses a gap and a repetition", () => {
    const { events } = read("approval");
    const [first, second] = events;
    if (first === undefined || second === undefined) throw new Error("the golden file is empty");
    expect(() => fold(emptyView(), second)).toThrow(GapError);
    expect(() => fold(fold(emptyView(), first), first)).toThrow(GapError);
  });

  it("shows the selected branch and its siblings", () => {
    const view = foldAll(read("branches").events.slice(0, 12));
    expect(branch(view).map((message) => message.messageId)).toEqual(["a", "b", "c", "d"]);
    expect(siblings(view, "c")).toEqual(["c", "e"]);
  });
});
