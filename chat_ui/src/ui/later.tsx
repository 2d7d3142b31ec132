/** Makes a component out of a module that is fetched when it is first shown. */
import { type ComponentType, type JSX, lazy, Suspense } from "react";
import { allWords } from "./i18n.tsx";
import { retried } from "./retried.ts";

/** A component. */
export type Drawn<P> = (props: P) => JSX.Element | null;

/** The same component, fetched later. */
export type Later<Part> = Part extends Drawn<infer P> ? (props: P & object) => JSX.Element : never;

const parts: (() => Promise<unknown>)[] = [];

/** Fetches, one after the other, what may be needed when the server cannot be reached or is another version. */
export async function fetchAhead(): Promise<void> {
  for (const load of parts) await load().catch(() => undefined); // asked for again when it is shown
}

/** Asks for a part until it is there, and its words with it. */
export async function persistently<T>(load: () => Promise<T>): Promise<T> {
  const part = await retried(load);
  await allWords();
  return part;
}

/** A large part: `meanwhile` stands in its place until it is there. */
export function onDemand<P extends object>(
  load: () => Promise<Drawn<P>>,
  meanwhile: JSX.Element | null = null,
): (props: P) => JSX.Element {
  return drawn(() => persistently(load), meanwhile);
}

/** A small part: as `onDemand`, and among what `fetchAhead` brings. */
export function later<P extends object>(
  load: () => Promise<Drawn<P>>,
  meanwhile: JSX.Element | null = null,
): (props: P) => JSX.Element {
  parts.push(load);
  return onDemand(load, meanwhile);
}

/** A part of the first paint of one page and not of another: its words are built in, so it waits for none. */
export function atFirst<P extends object>(
  load: () => Promise<Drawn<P>>,
): (props: P) => JSX.Element {
  parts.push(load);
  return drawn(() => retried(load), null);
}

function drawn<P extends object>(
  load: () => Promise<Drawn<P>>,
  meanwhile: JSX.Element | null,
): (props: P) => JSX.Element {
  const loadPart = async (): Promise<{ default: ComponentType<P> }> => ({
    default: (await load()) as ComponentType<P>,
  });
  const Part = lazy(loadPart) as unknown as ComponentType<P>;
  return (props) => (
    <Suspense fallback={meanwhile}>
      <Part {...props} />
    </Suspense>
  );
}
