/** Draws Calendar. */
import type { JSX } from "react";
import { useText } from "~/ui/i18n.tsx";
import type { Calendar as CalendarNode } from "~/widgets/catalogue.gen.ts";
import { dayText, marksOf, monthOf, type Day } from "~/widgets/month.ts";
import { rowsOf, useDynamicText, useScope } from "~/widgets/scope.tsx";

/** A month as a table; marked days are named below it, and in the text of their cells. */
export function Calendar({ node }: { readonly node: CalendarNode }): JSX.Element {
  const { locale, ...scope } = useScope();
  const text = useText();
  const marks = marksOf(rowsOf(node.marks, { locale, ...scope }));
  const month = monthOf(useDynamicText(node.month), { locale, marks });
  if (month === undefined) return <p className="w-empty">{text("widget.empty")}</p>;
  return (
    <figure className="w-calendar">
      <table>
        <caption>{month.title}</caption>
        <thead>
          <tr>
            {month.weekdays.map((day) => (
              <th key={day.long} scope="col" abbr={day.long}>
                {day.short}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {month.weeks.map((week, index) => (
            <tr key={index}>{week.map((day, at) => (day ? <DayCell key={at} day={day} /> : <td key={at} />))}</tr>
          ))}
        </tbody>
      </table>
      <ul role="list" className="w-marks">
        {marks.map((mark, index) => (
          <li key={index} data-tone={mark.tone}>
            <span dir="auto">{mark.label}</span> <span className="w-mark-days">{dayText(mark, locale)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function DayCell({ day }: { readonly day: Day }): JSX.Element {
  return (
    <td data-tones={day.marks.map((mark) => mark.tone).join(" ") || undefined} data-edge={day.edge} title={day.marks.map((mark) => mark.label).join(", ") || undefined}>
      <span>{day.number}</span>
      {day.marks.length > 0 && <span className="visually-hidden">{day.marks.map((mark) => mark.label).join(", ")}</span>}
    </td>
  );
}
