/** The days of a month and what is marked on them. */
import type { Json } from "./json.ts";

/** A run of days, both ends included, in milliseconds at midnight UTC. */
export type Mark = {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly tone: string;
};

/** One day; `edge` says whether the first mark starts or ends here. */
export type Day = {
  readonly number: string;
  readonly marks: readonly Mark[];
  readonly edge: string | undefined;
};

/** A month in weeks; the places before the first and after the last day are undefined. */
export type Month = {
  readonly title: string;
  readonly weekdays: readonly { readonly short: string; readonly long: string }[];
  readonly weeks: readonly (readonly (Day | undefined)[])[];
};

const dayMs = 86_400_000;
const tones: ReadonlySet<string> = new Set(["info", "ok", "warn", "bad"]);

function dayOf(value: Json | undefined): number {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}/.test(value)
    ? Date.parse(value.slice(0, 10))
    : Number.NaN;
}

/** The marks that have days; an unknown tone counts as `info`. */
export function marksOf(rows: readonly Readonly<Record<string, Json>>[]): readonly Mark[] {
  return rows
    .map((row) => ({
      from: dayOf(row["from"]),
      to: dayOf(row["to"] ?? row["from"]),
      label: String(row["label"] ?? ""),
      tone: tones.has(String(row["tone"])) ? String(row["tone"]) : "info",
    }))
    .filter((mark) => mark.from <= mark.to);
}

/** The first day of the week in that locale, 1 for Monday to 7 for Sunday; Monday where the browser does not know. */
function firstWeekday(locale: string): number {
  const found = new Intl.Locale(locale) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number };
  };
  return found.getWeekInfo?.().firstDay ?? 1;
}

/** The month that holds the day `iso`; undefined if that is no day. */
export function monthOf(
  iso: string,
  { locale, marks }: { readonly locale: string; readonly marks: readonly Mark[] },
): Month | undefined {
  const given = dayOf(iso);
  if (Number.isNaN(given)) return undefined;
  const start = new Date(given);
  const first = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), 1);
  const count = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate();
  const blanks = (new Date(first).getUTCDay() - firstWeekday(locale) + 7) % 7;
  const write = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  const [short, long, number] = [
    write({ weekday: "short" }),
    write({ weekday: "long" }),
    new Intl.NumberFormat(locale),
  ];
  const weekdays = Array.from({ length: 7 }, (_, index) => first + (index - blanks) * dayMs);
  const cells: (Day | undefined)[] = [
    ...Array.from({ length: blanks }, () => undefined),
    ...Array.from({ length: count }, (_, index) =>
      day(first + index * dayMs, number.format(index + 1), marks),
    ),
  ];
  while (cells.length % 7 !== 0) cells.push(undefined);
  return {
    title: write({ month: "long", year: "numeric" }).format(first),
    weekdays: weekdays.map((at) => ({ short: short.format(at), long: long.format(at) })),
    weeks: Array.from({ length: cells.length / 7 }, (_, week) =>
      cells.slice(week * 7, week * 7 + 7),
    ),
  };
}

function day(at: number, number: string, marks: readonly Mark[]): Day {
  const here = marks.filter((mark) => mark.from <= at && at <= mark.to);
  const [first] = here;
  const edges = [first?.from === at && "start", first?.to === at && "end"];
  return { number, marks: here, edge: edges.filter(Boolean).join(" ") || undefined };
}

/** The days of a mark in words. */
export function dayText({ from, to }: Mark, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  }).formatRange(from, to);
}
