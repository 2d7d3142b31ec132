/** Draws Card. */
import type { JSX } from "react";
import type { Card as CardNode } from "~/widgets/catalogue.gen.ts";
import { Child } from "~/widgets/scope.tsx";

/** A frame around one child. */
export function Card({ node }: { readonly node: CardNode }): JSX.Element {
  return (
    <div className="w-card">
      <Child of={node.child} />
    </div>
  );
}
