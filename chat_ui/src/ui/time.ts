/** Instants in the reader's words. */

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "5 minutes ago", "in 2 days"; within a minute of `now` it is "now". Both instants are milliseconds since the epoch. */
export function relativeTime(
  at: number,
  { now, locale }: { readonly now: number; readonly locale: string },
): string {
  const exact = (at - now) / 1000;
  const seconds = exact > 60 ? Math.ceil(exact / 60) * 60 : exact; // what is due in a day is not due in 23 hours
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** The exact date and time, to the minute, for titles and details. */
export function exactTime(at: number, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "short",
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(at);
}
