/** Draws Progress. */
import { useId, type JSX } from "react";
import type { Progress as ProgressNode } from "~/widgets/catalogue.gen.ts";
import { valueOf } from "~/widgets/dynamic.ts";
import { useDynamicText, useScope } from "~/widgets/scope.tsx";
import { writeValue } from "~/widgets/write-value.ts";

/** A bar with its share in numbers. */
export function Progress({ node }: { readonly node: ProgressNode }): JSX.Element {
  const scope = useScope();
  const id = useId();
  const label = useDynamicText(node.label);
  const value = valueOf(node.value, scope);
  const given = valueOf(node.max, scope);
  const max = typeof given === "number" && given > 0 ? given : 100;
  const done = typeof value === "number" ? Math.max(0, Math.min(max, value)) : 0;
  return (
    <div className="w-progress">
      <label htmlFor={id} dir="auto">
        {label}
      </label>
      <span>
        {writeValue(done / max, { format: "percent", decimals: 0, locale: scope.locale })}
      </span>
      <progress id={id} value={done} max={max} />
    </div>
  );
}
