/** How a column is set. */
import type { Table } from "../catalogue.gen.ts";

/** One column of a table. */
export type Column = Table["columns"][number];

/** Numbers stand at the end side, so that their digits line up. */
export function isNumeric(column: Column): boolean {
  return column.format === "number" || column.format === "currency" || column.format === "percent";
}
