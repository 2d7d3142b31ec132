/** Draws List. */
import type { JSX } from "react";
import type { List as ListNode } from "~/widgets/catalogue.gen.ts";
import { Children } from "~/widgets/scope.tsx";

const item = (child: JSX.Element): JSX.Element => <li key={child.key}>{child}</li>;

/** A list that screen readers announce as one, with its length. */
export function List({ node }: { readonly node: ListNode }): JSX.Element {
  return (
    <ul
      role="list"
      className="w-list"

      data-direction={node.direction ?? "vertical"}
      data-align={node.align}
    >
      <Children of={node.children} wrap={item} />
    </ul>
  );
}
