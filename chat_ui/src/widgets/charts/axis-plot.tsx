/** Lines, areas and bars over one x axis. */
import type { JSX } from "react";
import { layoutOf, type Layout } from "./layout.ts";
import { LineLabels, Lines, type Drawing } from "./lines.tsx";
import { Legend, type PlotProps } from "./plot.tsx";

type AxisPlotProps = Omit<PlotProps, "kind"> & {
  readonly kind: "line" | "area" | "bar";
  readonly width: number;
};

const height = 240;
/** Narrower than this, names go into a legend instead of beside their lines. */
const roomForLabels = 420;

/** One chart; to assistive technology it is an image with its title, and the table behind it holds the numbers. */
export function AxisPlot({ kind, title, data, write, width }: AxisPlotProps): JSX.Element {
  const many = data.series.length > 1;
  const direct = kind !== "bar" && many && width >= roomForLabels;
  const longest = Math.max(...data.series.map(({ label }) => label.length));
  const labelRoom = direct ? Math.min(140, longest * 7 + 12) : kind === "bar" ? 0 : 8;
  const layout = layoutOf(data, { width, height, labelRoom, fromZero: kind !== "line", write });
  return (
    <>
      {!many && data.series[0]?.label !== title && (
        <p className="chart-measure">{data.series[0]?.label}</p>
      )}
      {many && !direct && <Legend labels={data.series.map(({ label }) => label)} />}
      <svg
        className="chart-plot"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={title}
      >
        <Axes layout={layout} />
        {kind === "bar" ? (
          <Bars data={data} layout={layout} write={write} />
        ) : (
          <Lines data={data} layout={layout} write={write} filled={kind === "area"} />
        )}
        {direct && <LineLabels data={data} layout={layout} />}
      </svg>
    </>
  );
}

function Axes({ layout }: { readonly layout: Layout }): JSX.Element {
  const zero = layout.y(0);
  return (
    <g className="chart-axes">
      {layout.yTicks.map(({ at, label }) => (
        <g key={label}>
          <line
            x1={layout.left}
            x2={layout.right}
            y1={at}
            y2={at}
            data-zero={Math.abs(at - zero) < 0.5 || undefined}
          />
          <text x={layout.left - 8} y={at} dy="0.32em" textAnchor="end">
            {label}
          </text>
        </g>
      ))}
      {layout.xTicks.map(({ at, label }) => (
        <text key={at} x={at} y={layout.bottom + 18} textAnchor="middle">
          {label}
        </text>
      ))}
    </g>
  );
}

function Bars({ data, layout, write }: Drawing): JSX.Element {
  const count = data.series.length;
  const width = Math.max(1, Math.min(48, layout.band / count));
  const zero = layout.y(0);
  return (
    <>
      {data.points.map((point, index) =>
        point.values.map((value, series) => {
          if (value === undefined) return null;
          const top = Math.min(layout.y(value), zero);
          const left = layout.x(index) + (series - count / 2) * width;
          return (
            <rect
              key={`${index}-${series}`}
              className="chart-bar"
              data-series={series + 1}
              x={left + 0.5}
              y={top}
              width={width - 1}
              height={Math.max(1, Math.abs(layout.y(value) - zero))}
              rx={Math.min(3, width / 4)}
            >
              <title>{`${point.label}, ${data.series[series]?.label}: ${write(value)}`}</title>
            </rect>
          );
        }),
      )}
    </>
  );
}
