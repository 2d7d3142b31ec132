/** What a button says of the shortcut that does the same, as long as shortcuts are on. */
import { useEffect, useState } from "react";
import type { KeyHint, ShortcutId } from "./shortcuts.ts";

/** Props for the button; none at first, since which keys they are is fetched after the first paint. */
export function useKeyHint(id: ShortcutId): KeyHint {
  const [hint, setHint] = useState<KeyHint>({});
  useEffect(() => {
    let stop = (): void => undefined;
    let isOver = false;
    const follow = ({ hintOf, shortcuts }: typeof import("./shortcuts.ts")): void => {
      if (isOver) return;
      const tell = (): void => {
        const { areOn, keys } = shortcuts.get();
        setHint(areOn || id === "list" ? hintOf(keys[id]) : {});
      };
      stop = shortcuts.watch(tell);
      tell();
    };
    import("./shortcuts.ts").then(follow, () => undefined);
    return () => {
      isOver = true;
      stop();
    };
  }, [id]);
  return hint;
}
