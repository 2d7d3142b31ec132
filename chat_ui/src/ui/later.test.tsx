import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, expect, test, vi } from "vitest";
import { fetchAhead, later, onDemand } from "./later.tsx";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** Fails as often as told, then gives the part. */
function flaky(failures: number): { load: () => Promise<() => never>; asked: () => number } {
  let asked = 0;
  const load = async (): Promise<() => never> => {
    asked += 1;
    if (asked <= failures) throw new Error("cut");
    return (() => <p>here</p>) as never;
  };
  return { load, asked: () => asked };
}

test("a part that cannot be fetched is asked for until it is there", async () => {
  vi.useFakeTimers();
  const { load, asked } = flaky(3);
  const Part = onDemand(load, <p>not yet</p>);
  render((<Part />) as never);
  expect(screen.getByText("not yet")).toBeDefined();
  await vi.advanceTimersByTimeAsync(500 + 1000 + 2000);
  expect(asked()).toBe(4);
  await vi.waitFor(() => expect(screen.getByText("here")).toBeDefined());
});

test("parts are fetched ahead, and one that fails does not keep the others", async () => {
  const [broken, whole] = [flaky(1), flaky(0)];
  later(broken.load);
  later(whole.load);
  await fetchAhead();
  expect([broken.asked(), whole.asked()]).toEqual([1, 1]);
});
