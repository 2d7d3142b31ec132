/** Draws CheckBox. */
import type { JSX } from "react";
import type { CheckBox as CheckBoxNode } from "~/widgets/catalogue.gen.ts";
import { useBound, useDynamicText, useScope } from "~/widgets/scope.tsx";

/** Yes or no. */
export function CheckBox({ node }: { readonly node: CheckBoxNode }): JSX.Element {
  const { inert } = useScope();
  const label = useDynamicText(node.label);
  const [value, setValue] = useBound(node.value);
  return (
    <label className="choice">
      <input
        type="checkbox"
        disabled={inert}
        checked={value === true}
        onChange={(event) => setValue(event.target.checked)}
      />
      <span dir="auto">{label}</span>
    </label>
  );
}
