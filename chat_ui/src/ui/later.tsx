/** Makes a component out of a module that is fetched when it is first shown. */
import { type ComponentType, type JSX, lazy, Suspense } from "react";

/** A component. */
export type Drawn<P> = (props: P) => JSX.Element | null;

/** The same component, fetched later. */
export type Later<Part> = Part extends Drawn<infer P> ? (props: P & object) => JSX.Element : never;

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const parts: (() => Promise<unknown>)[] = [];

/** Fetches, one after the other, what may be needed when the server cannot be reached or is another version. */
export async function fetchAhead(): Promise<void> {
  for (const load of parts) await load().catch(() => undefined); // asked for again when it is shown
}

/** Asks for it until it is there, ever more seldom: what cannot be fetched now leaves the rest of the page alone. */
export async function persistently<T>(load: () => Promise<T>): Promise<T> {
  for (let pause = FIRST_RETRY_MS; ; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
    try {
      return await load();
    } catch {
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}

/** A large part: `meanwhile` stands in its place until it is there. */
export function onDemand<P extends object>(
  load: () => Promise<Drawn<P>>,
  meanwhile: JSX.Element | null = null,
): (props: P) => JSX.Element {
  const loadPart = async (): Promise<{ default: ComponentType<P> }> => ({
    default: (await persistently(load)) as ComponentType<P>,
  });
  const Part = lazy(loadPart) as unknown as ComponentType<P>;
  return (props) => (
    <Suspense fallback={meanwhile}>
      <Part {...props} />
    </Suspense>
  );
}

/** A small part: as `onDemand`, and among what `fetchAhead` brings. */
export function later<P extends object>(
  load: () => Promise<Drawn<P>>,
  meanwhile: JSX.Element | null = null,
): (props: P) => JSX.Element {
  parts.push(load);
  return onDemand(load, meanwhile);
}
