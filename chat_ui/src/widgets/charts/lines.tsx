/** Lines with or without the area below them, and their names at their ends. */
import { area, curveMonotoneX, line } from "d3-shape";
import type { JSX } from "react";
import { spread, type Layout } from "./layout.ts";
import type { Data } from "./series.ts";

/** What is drawn, where, and how its values are written. */
export type Drawing = {
  readonly data: Data;
  readonly layout: Layout;
  readonly write: (value: number) => string;
};

type Spot = { readonly x: number; readonly value: number | undefined };

/** One line per series; up to a month of points each has its dot. */
export function Lines({
  data,
  layout,
  write,
  filled,
}: Drawing & { readonly filled: boolean }): JSX.Element {
  const { y } = layout;
  const defined = (spot: Spot): boolean => spot.value !== undefined;
  const high = (spot: Spot): number => y(spot.value ?? 0);
  const stroke = line<Spot>()
    .defined(defined)
    .x((spot) => spot.x)
    .y(high)
    .curve(curveMonotoneX);
  const fill = area<Spot>()
    .defined(defined)
    .x((spot) => spot.x)
    .y0(y(0))
    .y1(high)
    .curve(curveMonotoneX);
  const dots = data.points.length <= 31;
  return (
    <>
      {data.series.map(({ key, label }, series) => {
        const spots = data.points.map((point, index) => ({
          x: layout.x(index),
          value: point.values[series],
        }));
        return (
          <g key={key} data-series={series + 1}>
            {filled && <path className="chart-area" d={fill(spots) ?? ""} />}
            <path className="chart-line" d={stroke(spots) ?? ""} />
            {dots &&
              spots.map((spot, index) =>
                spot.value === undefined ? null : (
                  <circle key={index} className="chart-dot" cx={spot.x} cy={y(spot.value)} r={3}>
                    <title>{`${data.points[index]?.label}, ${label}: ${write(spot.value)}`}</title>
                  </circle>
                ),
              )}
          </g>
        );
      })}
    </>
  );
}

/** The name of each series where its line ends. */
export function LineLabels({ data, layout }: Omit<Drawing, "write">): JSX.Element {
  const ends = data.series.map(
    (_, series) =>
      data.points.findLast((point) => point.values[series] !== undefined)?.values[series] ?? 0,
  );
  const heights = spread(
    ends.map((value) => layout.y(value)),
    { gap: 16, low: layout.top, high: layout.bottom },
  );
  return (
    <>
      {data.series.map(({ key, label }, series) => (
        <text
          key={key}
          className="chart-label"
          data-series={series + 1}
          x={layout.right + 4}
          y={heights[series]}
          dy="0.32em"
        >
          {label}
        </text>
      ))}
    </>
  );
}
