/** Fills message patterns: a small, safe part of ICU MessageFormat, without a parser library. */

/** What a pattern may be filled with. */
export type Values = Readonly<Record<string, string | number>>;

const plural = /\{(\w+), plural,((?:\s*(?:=\d+|zero|one|two|few|many|other)\s*\{[^{}]*\})+)\s*\}/g;
const branch = /(=\d+|zero|one|two|few|many|other)\s*\{([^{}]*)\}/g;
const name = /\{(\w+)\}/g;

/**
 * Fills `{name}` and `{name, plural, =0 {none} one {# file} other {# files}}` in `pattern`.
 * Plurals do not nest and hold no other names. Numbers are written in the manner of `locale`. A missing value stays visible as `{name}`.
 */
export function format(pattern: string, values: Values, locale: string): string {
  const write = (value: string | number): string =>
    typeof value === "number" ? numberFormat(locale).format(value) : value;
  return pattern
    .replace(plural, (whole, key: string, body: string) => {
      const value = values[key];
      if (typeof value !== "number") return whole;
      const branches = new Map(
        [...body.matchAll(branch)].map((match) => [match[1], match[2] ?? ""]),
      );
      const text =
        branches.get(`=${value}`) ??
        branches.get(pluralRules(locale).select(value)) ??
        branches.get("other") ??
        "";
      return text.replaceAll("#", write(value));
    })
    .replace(name, (whole, key: string) => {
      const value = values[key];
      return value === undefined ? whole : write(value);
    });
}

const numbers = new Map<string, Intl.NumberFormat>();
const rules = new Map<string, Intl.PluralRules>();

function numberFormat(locale: string): Intl.NumberFormat {
  return cached(numbers, locale, () => new Intl.NumberFormat(locale));
}

function pluralRules(locale: string): Intl.PluralRules {
  return cached(rules, locale, () => new Intl.PluralRules(locale));
}

function cached<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
