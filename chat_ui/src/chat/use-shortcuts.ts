/** Does what the page's shortcuts ask for; which keys they are is fetched after the first paint. */
import { useEffect, useRef, type RefObject } from "react";
import type { ShortcutId } from "./shortcuts.ts";

/** Listens as long as the component lives; `actions` may change. The element is where one is at home. */
export function useShortcuts(
  actions: Readonly<Record<ShortcutId, () => void>>,
): RefObject<HTMLDivElement | null> {
  const home = useRef<HTMLDivElement>(null);
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const controller = new AbortController();
    const listen = ({ shortcutOf }: typeof import("./shortcuts.ts")): void => {
      const press = (event: KeyboardEvent): void => {
        const id = event.defaultPrevented ? undefined : shortcutOf(event);
        const root = home.current?.getRootNode() as ShadowRoot | Document | undefined;
        if (id === undefined || root?.querySelector("dialog[open]")) return;
        event.preventDefault();
        latest.current[id]();
      };
      window.addEventListener("keydown", press, { signal: controller.signal });
    };
    import("./shortcuts.ts").then(listen, () => undefined); // without it the page works, by mouse and Tab
    return () => controller.abort();
  }, []);
  return home;
}
