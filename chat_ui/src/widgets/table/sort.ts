/** The order of a table's rows. */
import type { Json } from "../json.ts";

/** Sorted by one column. */
export type Sort = { readonly key: string; readonly direction: "ascending" | "descending" };

/** One row. */
export type TableRow = Readonly<Record<string, Json>>;

/** A row and its place in the data, which sorting does not change. */
export type PlacedRow = { readonly row: TableRow; readonly index: number };

/** What a press on the head of `key` leads to: ascending, descending, then the order of the data again. */
export function nextSort(sort: Sort | undefined, key: string): Sort | undefined {
  if (sort?.key !== key) return { key, direction: "ascending" };
  return sort.direction === "ascending" ? { key, direction: "descending" } : undefined;
}

/** The rows in order. Numbers by size, text as the locale sorts it, what is missing always last; equals keep their order. */
export function sorted(
  rows: readonly TableRow[],
  sort: Sort | undefined,
  locale: string,
): readonly PlacedRow[] {
  const placed = rows.map((row, index) => ({ row, index }));
  if (sort === undefined) return placed;
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const sign = sort.direction === "ascending" ? 1 : -1;
  return placed.toSorted((a, b) => {
    const [left, right] = [a.row[sort.key] ?? null, b.row[sort.key] ?? null];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === "number" && typeof right === "number") return sign * (left - right);
    return sign * compare(String(left), String(right));
  });
}
