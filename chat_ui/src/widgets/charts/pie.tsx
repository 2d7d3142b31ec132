/** Shares of a whole. */
import { arc, pie, type PieArcDatum } from "d3-shape";
import type { JSX } from "react";
import { useI18n } from "~/ui/i18n.tsx";
import { writeValue } from "../write-value.ts";
import type { PlotProps } from "./plot.tsx";
import { slicesOf } from "./series.ts";

const size = 168;
const shape = arc<PieArcDatum<{ readonly value: number }>>()
  .innerRadius(48)
  .outerRadius(80)
  .padAngle(0.015)
  .cornerRadius(2);

/** A ring, and beside it every slice by name, value and share: the colours only connect the two. */
export function Pie({ title, data, write }: Omit<PlotProps, "kind">): JSX.Element {
  const { text, locale } = useI18n();
  const slices = slicesOf(data, text("chart.rest"));
  const total = slices.reduce((sum, { value }) => sum + value, 0);
  const arcs = pie<{ readonly value: number }>()
    .value(({ value }) => value)
    .sortValues(null)([...slices]);
  return (
    <div className="chart-pie">
      <svg
        className="chart-plot"
        width={size}
        height={size}
        viewBox={`${-size / 2} ${-size / 2} ${size} ${size}`}
        role="img"
        aria-label={title}
      >
        {arcs.map((slice, index) => (
          <path key={index} className="chart-slice" data-series={index + 1} d={shape(slice) ?? ""}>
            <title>{`${slices[index]?.label}: ${write(slice.value)}`}</title>
          </path>
        ))}
      </svg>
      <ul role="list" className="chart-legend" data-values="true">
        {slices.map(({ label, value }, index) => (
          <li key={index} data-series={index + 1}>
            <span>{label}</span>
            <strong>{write(value)}</strong>
            <span className="chart-share">
              {writeValue(value / total, { format: "percent", decimals: 0, locale })}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
