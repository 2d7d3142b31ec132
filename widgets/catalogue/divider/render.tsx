/** Draws Divider. */
import type { JSX } from "react";
import type { Divider as DividerNode } from "~/widgets/catalogue.gen.ts";

/** A thin line. */
export function Divider({ node }: { readonly node: DividerNode }): JSX.Element {
  const axis = node.axis ?? "horizontal";
  return <hr className="w-divider" data-axis={axis} aria-orientation={axis} />;
}
