/** The head of a table. */
import type { JSX } from "react";
import { VisuallyHidden } from "~/ui/feedback.tsx";
import { Icon } from "~/ui/icon.tsx";
import { ArrowDown, ArrowUp, ArrowUpDown } from "~/ui/icons.ts";
import { useText } from "~/ui/i18n.tsx";
import { textOf } from "../dynamic.ts";
import { useScope } from "../scope.tsx";
import type { Sort } from "./sort.ts";
import { type Column, isNumeric } from "./columns.ts";

type HeadProps = {
  readonly columns: readonly Column[];
  readonly acts: boolean;
  readonly sort: Sort | undefined;
  readonly onSort?: (key: string) => void;
};

/** Column names; with `onSort` each is a button that says how the rows are sorted. */
export function TableHead({ columns, acts, sort, onSort }: HeadProps): JSX.Element {
  const scope = useScope();
  const text = useText();
  return (
    <thead role="rowgroup">
      <tr role="row">
        {columns.map((column) => {
          const label = textOf(column.label, scope);
          const direction = sort?.key === column.key ? sort.direction : undefined;
          const sign =
            direction === undefined ? ArrowUpDown : direction === "ascending" ? ArrowUp : ArrowDown;
          return (
            <th
              key={column.key}
              scope="col"
              role="columnheader"
              aria-sort={direction}
              data-kind={isNumeric(column) ? "number" : "text"}
            >
              {onSort ? (
                <button type="button" className="w-sort" onClick={() => onSort(column.key)}>
                  {label}
                  <Icon of={sign} size={14} />
                </button>
              ) : (
                label
              )}
            </th>
          );
        })}
        {acts && (
          <td role="cell">
            <VisuallyHidden>{text("table.actions")}</VisuallyHidden>
          </td>
        )}
      </tr>
    </thead>
  );
}
