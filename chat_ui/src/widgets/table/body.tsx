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
  return (
    <tbody role="rowgroup">
      {rows.map(({ row, index }) => {
        const inRow: Scope =
          pointer === undefined
            ? { ...scope, state: row, base: "" }
            : { ...scope, base: `${pointer}/${index}` };
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
            {node.rowActions !== undefined && (
              <td role="cell" className="w-row-actions">
                {node.rowActions.map((one, at) => (
                  <ActionButton
                    key={at}
                    action={one.action}
                    scope={inRow}
                    source={`${id}-${index}-${at}`}
                    size="small"
                    kind={one.variant === "primary" ? "primary" : "plain"}
                  >
                    {textOf(one.label, inRow)}
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
