/** Draws Column. */
import type { JSX } from "react";
import type { Column as ColumnNode } from "~/widgets/catalogue.gen.ts";
import { Children } from "~/widgets/scope.tsx";
import { Weighted } from "~/widgets/weighted.tsx";

/** Children one below the other. */
export function Column({ node }: { readonly node: ColumnNode }): JSX.Element {
  return (
    <Weighted of={node} className="w-column" justify={node.justify} align={node.align}>
      <Children of={node.children} />
    </Weighted>
  );
}
