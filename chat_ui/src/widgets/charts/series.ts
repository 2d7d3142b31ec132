/** Rows from a state as points that can be plotted. */
import type { Json } from "../json.ts";
import { writeValue } from "../write-value.ts";

/** One line, or one colour of bars. */
export type Series = { readonly key: string; readonly label: string };

/** One place on the x axis, with one value per series; what is no number is undefined. */
export type Point = { readonly label: string; readonly values: readonly (number | undefined)[] };

/** Everything a plot draws. */
export type Data = { readonly series: readonly Series[]; readonly points: readonly Point[] };

/** More points than these cannot be told apart in a message. */
const maxPoints = 500;
const maxSeries = 5;

/** The data of a chart: at most five series; a series that no row has a number for is left out. */
export function tableOf(
  rows: readonly Readonly<Record<string, Json>>[],
  options: { readonly x: string; readonly series: readonly Series[]; readonly locale: string },
): Data {
  const used = rows.slice(0, maxPoints);
  const series = options.series
    .slice(0, maxSeries)
    .filter(({ key }) => used.some((row) => typeof row[key] === "number"));
  const years = new Set(used.map((row) => String(row[options.x]).slice(0, 4)));
  const points = used.map((row) => ({
    label: labelOf(row[options.x], { locale: options.locale, year: years.size > 1 }),
    values: series.map(({ key }) => numberOf(row[key])),
  }));
  return { series, points: series.length === 0 ? [] : points };
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Days and months are written short, with the year if there are several; everything else stands as it is. */
function labelOf(
  value: Json | undefined,
  { locale, year }: { readonly locale: string; readonly year: boolean },
): string {
  const text = writeValue(value, { locale });
  if (!/^\d{4}-\d{2}(-\d{2})?$/.test(text)) return text;
  const options: Intl.DateTimeFormatOptions = { month: "short", timeZone: "UTC" };
  if (text.length > 7) options.day = "numeric";
  if (year) options.year = "numeric";
  return new Intl.DateTimeFormat(locale, options).format(Date.parse(text));
}

/** Slices of a pie: the largest four, and the rest as one; nothing negative. `rest` names the last. */
export function slicesOf(
  { points }: Data,
  rest: string,
): readonly { readonly label: string; readonly value: number }[] {
  const all = points
    .map(({ label, values }) => ({ label, value: Math.max(0, values[0] ?? 0) }))
    .filter(({ value }) => value > 0);
  if (all.length <= maxSeries) return all;
  const ordered = all.toSorted((a, b) => b.value - a.value);
  const tail = ordered.slice(maxSeries - 1).reduce((sum, { value }) => sum + value, 0);
  return [...ordered.slice(0, maxSeries - 1), { label: rest, value: tail }];
}
