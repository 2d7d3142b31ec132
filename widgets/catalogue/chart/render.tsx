/** Draws Chart; loaded when first needed. */
import type { JSX } from "react";
import { useText } from "~/ui/i18n.tsx";
import { useStyles } from "~/ui/styles.tsx";
import type { Chart as ChartNode } from "~/widgets/catalogue.gen.ts";
import styles from "~/widgets/charts/charts.css?inline";
import { Plot } from "~/widgets/charts/plot.tsx";
import { tableOf } from "~/widgets/charts/series.ts";
import { textOf } from "~/widgets/dynamic.ts";
import { rowsOf, useDynamicText, useScope } from "~/widgets/scope.tsx";
import { writeValue } from "~/widgets/write-value.ts";

/** A plot that says what to see, and the numbers behind it as a table. */
export function Chart({ node }: { readonly node: ChartNode }): JSX.Element {
  useStyles(styles);
  const scope = useScope();
  const text = useText();
  const title = useDynamicText(node.title);
  const { kind, x, format = "number", currency, unit } = node;
  const named = node.series.map((series) => ({
    key: series.key,
    label: textOf(series.label, scope),
  }));
  const data = tableOf(rowsOf(node.data, scope), {
    x,
    series: kind === "pie" ? named.slice(0, 1) : named,
    locale: scope.locale,
  });
  const write = (value: number): string =>
    writeValue(value, { format, currency, unit, locale: scope.locale });
  return (
    <figure className="chart">
      <figcaption className="chart-title" dir="auto">
        {title}
      </figcaption>
      {data.points.length === 0 ? (
        <p className="w-empty">{text("widget.empty")}</p>
      ) : (
        <Plot kind={kind} title={title} data={data} write={write} />
      )}
      {data.points.length > 0 && (
        <details className="chart-numbers">
          <summary>{text("chart.numbers")}</summary>
          <div className="w-scroll" role="region" aria-label={title} tabIndex={0}>
            <table className="w-table">
              <thead>
                <tr>
                  <td />
                  {data.series.map((series) => (
                    <th key={series.key} scope="col" data-kind="number">
                      {series.label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {data.points.map((point, index) => (
                  <tr key={index}>
                    <th scope="row">{point.label}</th>
                    {point.values.map((value, at) => (
                      <td key={at} data-kind="number">
                        {value === undefined ? "" : write(value)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </figure>
  );
}
