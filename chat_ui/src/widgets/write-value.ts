/** Writes one value the way a reader of that locale expects it. */
import { exactTime, relativeTime } from "~/ui/time.ts";
import type { Json } from "./json.ts";

/** How a value is written; `text` leaves it as it is. */
export type ValueFormat =
  | "text"
  | "number"
  | "currency"
  | "percent"
  | "date"
  | "time"
  | "dateTime"
  | "month"
  | "relative";

/** `unit` follows the number after a narrow space. */
export type Style = {
  readonly format?: ValueFormat | undefined;
  readonly currency?: string | undefined;
  readonly unit?: string | undefined;
  readonly decimals?: number | undefined;
  readonly locale: string;
};

/** The text for `value`; nothing for what is missing, JSON for what is no scalar, and the plain value where a format does not fit. */
export function writeValue(value: Json | undefined, style: Style): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return withUnit(writeNumber(value, style), style.unit);
  if (typeof value === "string") return writeText(value, style);
  return typeof value === "boolean" ? String(value) : JSON.stringify(value);
}

function withUnit(text: string, unit: string | undefined): string {
  return unit === undefined || unit === "" ? text : `${text}\u202f${unit}`;
}

function writeNumber(value: number, { format, currency, decimals, locale }: Style): string {
  const digits =
    decimals === undefined
      ? {}
      : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  if (format === "currency" && currency !== undefined && /^[A-Z]{3}$/.test(currency)) {
    return new Intl.NumberFormat(locale, { style: "currency", currency, ...digits }).format(value);
  }
  if (format === "percent") {
    return new Intl.NumberFormat(locale, {
      style: "percent",
      maximumFractionDigits: 1,
      ...digits,
    }).format(value);
  }
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2, ...digits }).format(value);
}

const days: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  date: { dateStyle: "medium" },
  month: { month: "long", year: "numeric" },
};

function writeText(value: string, { format, locale }: Style): string {
  if (format === undefined || format === "text") return value;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return value;
  if (format === "relative") return relativeTime(at, { now: Date.now(), locale });
  if (format === "time") return new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(at);
  // A day without a time is the same day everywhere.
  const timeZone = /^\d{4}-\d{2}(-\d{2})?$/.test(value) ? "UTC" : undefined;
  const options = days[format];
  if (options === undefined) return format === "dateTime" ? exactTime(at, locale, timeZone) : value;
  return new Intl.DateTimeFormat(
    locale,
    timeZone === undefined ? options : { ...options, timeZone },
  ).format(at);
}
