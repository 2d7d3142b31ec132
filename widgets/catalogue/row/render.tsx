/** Draws Row. */
import type { JSX } from "react";
import type { Row as RowNode } from "~/widgets/catalogue.gen.ts";
import { Children } from "~/widgets/scope.tsx";
import { Weighted } from "~/widgets/weighted.tsx";

/** Children side by side; they wrap when there is no room. */
export function Row({ node }: { readonly node: RowNode }): JSX.Element {
  return (
    <Weighted of={node} className="w-row" justify={node.justify} align={node.align}>
      <Children of={node.children} />
    </Weighted>
  );
}
