/** The rows of a table. */
import { useId, type JSX } from "react";
import { Badge } from "~/ui/feedback.tsx";
import { ActionButton } from "../action-button.tsx";
import type { Table } from "../catalogue.gen.ts";
import { textOf } from "../dynamic.ts";
import type { Json } from "../json.ts";
import { useScope, type Scope } from "../scope.tsx";
import { writeValue } from "../write-value.ts";
import { columnsOf, isNumeric, type Column } from "./columns.ts";
import type { PlacedRow } from "./sort.ts";

type BodyProps = {
  readonly rows: readonly PlacedRow[];
  readonly node: Table;
  readonly pointer: string | undefined;
};

/** One line per row. Paths in row actions start at the row, wherever sorting has put it. */
export function TableBody({ rows, node, pointer }: BodyProps): JSX.Element {
  const scope = useScope();
  const id = useId();
  const columns = columnsOf(node.columns, scope);
  const acts = hasActions({ rows, node, pointer }, scope);
  return (
    <tbody role="rowgroup">
      {rows.map(({ row, index }) => {
        const inRow = scopeOf({ row, index }, pointer, scope);
        return (
          <tr key={index} role="row">
            {columns.map((column, at) => (
              <Cell
                key={column.key}
                column={column}
                label={textOf(column.label, scope)}
                value={row[column.key]}
                isHead={at === 0}
                locale={scope.locale}
              />
            ))}
            {acts && (
              <td role="cell" className="w-row-actions">
                {actionsIn(node, inRow).map(({ label, ...one }, at) => (
                  <ActionButton
                    key={at}
                    action={one.action}
                    scope={inRow}
                    source={`${id}-${index}-${at}`}
                    size="small"
                    kind={one.variant === "primary" ? "primary" : "plain"}
                  >
                    {label}
                  </ActionButton>
                ))}
              </td>
            )}
          </tr>
        );
      })}
    </tbody>
  );
}

/** Whether any of these rows has something to press. */
export function hasActions({ rows, node, pointer }: BodyProps, scope: Scope): boolean {
  return rows.some((placed) => actionsIn(node, scopeOf(placed, pointer, scope)).length > 0);
}

function scopeOf({ row, index }: PlacedRow, pointer: string | undefined, scope: Scope): Scope {
  return pointer === undefined
    ? { ...scope, state: row, base: "" }
    : { ...scope, base: `${pointer}/${index}` };
}

type RowAction = NonNullable<Table["rowActions"]>[number];

/** An action whose words the state does not give is none: nobody could know what it does. */
function actionsIn(node: Table, inRow: Scope): (Omit<RowAction, "label"> & { label: string })[] {
  return (node.rowActions ?? [])
    .map((one) => ({ ...one, label: textOf(one.label, inRow) }))
    .filter(({ label }) => label !== "");
}

type CellProps = {
  readonly column: Column;
  readonly label: string;
  readonly value: Json | undefined;
  readonly isHead: boolean;
  readonly locale: string;
};

function Cell({ column, label, value, isHead, locale }: CellProps): JSX.Element {
  const { format, currency } = column;
  const written = writeValue(value, { format, currency, locale });
  const tones = column.tones ?? {};
  const tone = Object.hasOwn(tones, String(value)) ? tones[String(value)] : undefined;
  const content = tone === undefined ? written : <Badge tone={tone}>{written}</Badge>;
  const kind = isNumeric(column) ? "number" : "text";
  return isHead ? (
    <th scope="row" role="rowheader" data-kind={kind} dir="auto">
      {content}
    </th>
  ) : (
    <td role="cell" data-kind={kind} data-label={label} dir="auto">
      {content}
    </td>
  );
}
