/** How a column is set, and where the columns come from. */
import type { Table } from "../catalogue.gen.ts";
import { rowsOf, type Scope } from "../scope.tsx";

/** One column of a table. */
export type Column = Extract<Table["columns"], readonly unknown[]>[number];

/** The columns that the view spells out, or those that the state holds; entries without key and label are left out. */
export function columnsOf(columns: Table["columns"], scope: Scope): readonly Column[] {
  if (Array.isArray(columns)) return columns;
  const bound = rowsOf(columns, scope);
  return bound.filter(
    (one) => typeof one["key"] === "string" && typeof one["label"] === "string",
  ) as never;
}

/** Numbers stand at the end side, so that their digits line up. */
export function isNumeric(column: Column): boolean {
  return column.format === "number" || column.format === "currency" || column.format === "percent";
}
