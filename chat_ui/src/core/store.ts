/** A value that can be watched: the only state container of the chat, and all that components need to know of it. */

/** Read it, watch it. */
export interface Readable<T> {
  get(): T;
  /** Calls the listener after each change; answers the way to stop. */
  watch(listener: () => void): () => void;
}

/** A readable that its owner may change. */
export interface Store<T> extends Readable<T> {
  /** Replaces the value; the same value tells nobody. */
  set(next: T | ((current: T) => T)): void;
}

/** A store that holds this value. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const wanted = typeof next === "function" ? (next as (current: T) => T)(value) : next;
      if (Object.is(wanted, value)) return;
      value = wanted;
      for (const listener of Array.from(listeners)) listener(); // a listener may stop itself or others
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
