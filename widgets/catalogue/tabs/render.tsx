/** Draws Tabs. */
import { useId, useState, type JSX, type KeyboardEvent } from "react";
import type { Tabs as TabsNode } from "~/widgets/catalogue.gen.ts";
import { textOf } from "~/widgets/dynamic.ts";
import { Child, useScope } from "~/widgets/scope.tsx";

const moves: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** One child at a time; arrow keys, Home and End change it. */
export function Tabs({ node }: { readonly node: TabsNode }): JSX.Element {
  const scope = useScope();
  const id = useId();
  const [at, setAt] = useState(0);
  const shown = node.tabs[at] ?? node.tabs[0];
  const move = (event: KeyboardEvent<HTMLElement>): void => {
    const mirrored = getComputedStyle(event.currentTarget).direction === "rtl";
    const key = mirrored
      ? ({ ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" }[event.key] ?? event.key)
      : event.key;
    const next = moves[key]?.(at, node.tabs.length);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
    event.currentTarget.querySelectorAll("button")[next]?.focus();
  };
  return (
    <div className="w-tabs">
      <div role="tablist" tabIndex={-1} className="w-tablist" onKeyDown={move}>
        {node.tabs.map((tab, index) => (
          <button
            key={index}
            type="button"
            role="tab"
            id={`${id}-tab-${index}`}
            className="w-tab"
            aria-selected={index === at}
            aria-controls={`${id}-panel`}
            tabIndex={index === at ? 0 : -1}
            onClick={() => setAt(index)}
          >
            {textOf(tab.title, scope)}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-tab-${at}`}
        tabIndex={0}
        className="w-tabpanel"
      >
        {shown && <Child of={shown.child} />}
      </div>
    </div>
  );
}
