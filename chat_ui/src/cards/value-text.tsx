/** A JSON value in the reader's words. Nothing from outside is ever markup here. */
import type { JSX, ReactNode } from "react";
import type { Json } from "~/protocol/wire.gen.ts";
import { VisuallyHidden } from "~/ui/feedback.tsx";
import { useI18n, type Text } from "~/ui/i18n.tsx";
import { visibleText } from "./visible-text.ts";

const day = /^\d{4}-\d{2}-\d{2}$/;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** The text of a value: numbers and dates by locale, yes and no in words, the rest as it is, all of it visible. */
export function valueText(
  value: Json | undefined,
  { locale, text }: { readonly locale: string; readonly text: Text },
): string {
  if (value === undefined || value === null || value === "") return text("value.empty");
  if (typeof value === "boolean") return text(value ? "value.yes" : "value.no");
  if (typeof value === "number")
    return new Intl.NumberFormat(locale, { maximumFractionDigits: 12 }).format(value);
  if (typeof value === "string") return visibleText(dateText(value, locale));
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== "object"))
    return new Intl.ListFormat(locale, { type: "unit" }).format(
      value.map((item) => valueText(item, { locale, text })),
    );
  return visibleText(JSON.stringify(value, null, 2));
}

function dateText(value: string, locale: string): string {
  const isDay = day.test(value);
  if (!isDay && !instant.test(value)) return value;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return value;
  const format = isDay
    ? new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" })
    : new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  return format.format(at);
}

/** A value in a line: the exact one is the title where the words differ from it. */
export function Value({ of }: { readonly of: Json | undefined }): JSX.Element {
  const i18n = useI18n();
  const words = valueText(of, i18n);
  if (typeof of === "object" && of !== null && words.includes("\n"))
    return <pre className="value-json">{words}</pre>;
  const exact = typeof of === "string" || typeof of === "number" ? String(of) : words;
  return <span {...(exact === words ? {} : { title: exact })}>{words}</span>;
}

/** One changed value: what it was, what it is. */
export function Change({
  before,
  after,
}: {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}): ReactNode {
  const { text } = useI18n();
  return (
    <span className="change">
      <del>
        <VisuallyHidden>{text("change.before")} </VisuallyHidden>
        <Value of={before} />
      </del>{" "}
      <span aria-hidden="true" className="change-arrow">
        →
      </span>{" "}
      <ins>
        <VisuallyHidden>{text("change.after")} </VisuallyHidden>
        <Value of={after} />
      </ins>
    </span>
  );
}
