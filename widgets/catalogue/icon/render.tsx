/** Draws Icon. */
import type { JSX } from "react";
import { Icon as Sign } from "~/ui/icon.tsx";
import type { Icon as IconNode } from "~/widgets/catalogue.gen.ts";
import { signs } from "~/widgets/signs.ts";
import { useDynamicText } from "~/widgets/scope.tsx";

/** A small sign; a name that is not in the set draws nothing. */
export function Icon({ node }: { readonly node: IconNode }): JSX.Element | null {
  const name = useDynamicText(node.name);
  const label = useDynamicText(node.accessibility?.label);
  const sign = signs.get(name);
  return sign === undefined ? null : <Sign of={sign} size={20} {...(label ? { label } : {})} />;
}
