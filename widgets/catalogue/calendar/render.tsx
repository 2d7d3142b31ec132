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
            <tr key={index}>
              {week.map((day, at) => (day ? <DayCell key={at} day={day} /> : <td key={at} />))}
            </tr>
          ))}
        </tbody>
      </table>
      <ul role="list" className="w-marks">
        {marks.map((mark, index) => (
          <li key={index} data-mark={mark.tone}>
            <span dir="auto">{mark.label}</span>{" "}
            <bdi className="w-mark-days">{dayText(mark, locale)}</bdi>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** The first mark colours the day, further ones are dots below its number; all of them are in its text. */
function DayCell({ day }: { readonly day: Day }): JSX.Element {
  const [first, ...more] = day.marks;
  const names = day.marks.map((mark) => mark.label).join(", ");
  return (
    <td data-tone={first?.tone} data-edge={day.edge} title={names || undefined}>
      {day.number}
      {names && <span className="visually-hidden">{names}</span>}
      {more.length > 0 && (
        <span className="w-day-more" aria-hidden="true">
          {more.map((mark, index) => (
            <i key={index} data-mark={mark.tone} />
          ))}
        </span>
      )}
    </td>
  );
}
