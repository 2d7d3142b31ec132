/** Draws Slider. */
import { useId, type JSX } from "react";
import type { Slider as SliderNode } from "~/widgets/catalogue.gen.ts";
import { useBound, useDynamicText, useScope } from "~/widgets/scope.tsx";
import { writeValue } from "~/widgets/write-value.ts";

/** A number between two ends, with the number beside it. */
export function Slider({ node }: { readonly node: SliderNode }): JSX.Element {
  const { inert, locale } = useScope();
  const id = useId();
  const label = useDynamicText(node.label);
  const [value, setValue] = useBound(node.value);
  const { min = 0, max } = node;
  const shown = typeof value === "number" ? value : min;
  return (
    <div className="w-slider">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <output htmlFor={id}>{writeValue(shown, { locale })}</output>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={max - min > 10 ? 1 : (max - min) / 100}
        disabled={inert}
        value={shown}
        onChange={(event) => setValue(event.target.valueAsNumber)}
      />
    </div>
  );
}
