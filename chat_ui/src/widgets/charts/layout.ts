/** Where everything in a plot with two axes goes: geometry only. */
import { scaleBand, scaleLinear, scalePoint, type ScaleLinear } from "d3-scale";
import type { Data } from "./series.ts";

/** A mark on an axis. */
export type Tick = { readonly at: number; readonly label: string };

/** The plot in pixels; `y` maps a value to its height, `x` a point's index to the middle of its place. */
export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly y: ScaleLinear<number, number>;
  readonly x: (index: number) => number;
  /** Width of one place on the x axis. */
  readonly band: number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
};

/** What the layout depends on. `labelRoom` is kept free at the end side for the names of the lines. */
export type LayoutOptions = {
  readonly width: number;
  readonly height: number;
  readonly labelRoom: number;
  readonly fromZero: boolean;
  readonly write: (value: number) => string;
};

/** Average width of a character of the axis labels, in pixels. */
const charWidth = 6.6;

/** Lays out a line, area or bar chart. */
export function layoutOf(
  data: Data,
  { width, height, labelRoom, fromZero, write }: LayoutOptions,
): Layout {
  const top = 12;
  const bottom = height - 26;
  const [low, high] = extentOf(data, fromZero);
  const y = scaleLinear().domain([low, high]).nice(4).range([bottom, top]);
  const yTicks = y.ticks(4).map((value) => ({ at: y(value), label: write(value) }));
  const left = Math.ceil(Math.max(...yTicks.map(({ label }) => label.length)) * charWidth) + 10;
  const right = width - labelRoom - 8;
  const places = data.points.map((_, index) => String(index));
  const bands = scaleBand()
    .domain(places)
    .range([left, right])
    .paddingInner(0.3)
    .paddingOuter(0.15);
  const dots = scalePoint()
    .domain(places)
    .range([left + 4, right - 4])
    .padding(0.1);
  const x = (index: number): number =>
    fromZero && labelRoom === 0
      ? (bands(String(index)) ?? left) + bands.bandwidth() / 2
      : (dots(String(index)) ?? left);
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    y,
    x,
    band: bands.bandwidth(),
    yTicks,
    xTicks: xTicksOf(data, { x, room: right - left }),
  };
}

/** Lowest and highest value to show. A line far from zero may leave zero out, bars and areas never. */
function extentOf({ points }: Data, fromZero: boolean): readonly [number, number] {
  const values = points.flatMap((point) => point.values.filter((value) => value !== undefined));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const near = fromZero || low <= 0 || low < high * 0.6;
  const from = near ? Math.min(0, low) : low;
  return from === high ? [from, from + 1] : [from, Math.max(high, near ? 0 : high)];
}

/** As many x labels as fit without touching, always the first. */
function xTicksOf(
  { points }: Data,
  { x, room }: { readonly x: (index: number) => number; readonly room: number },
): readonly Tick[] {
  const widest = Math.max(...points.map(({ label }) => label.length)) * charWidth + 14;
  const every = Math.max(1, Math.ceil((points.length * widest) / room));
  return points.flatMap(({ label }, index) =>
    index % every === 0 ? [{ at: x(index), label }] : [],
  );
}

/** Moves labels apart so that they are at least `gap` pixels from one another, as near to their place as possible. */
export function spread(
  wanted: readonly number[],
  { gap, low, high }: { readonly gap: number; readonly low: number; readonly high: number },
): number[] {
  const order = wanted.map((at, index) => ({ at, index })).toSorted((a, b) => a.at - b.at);
  let last = low - gap;
  for (const label of order) {
    label.at = Math.max(label.at, last + gap);
    last = label.at;
  }
  let next = high + gap;
  for (const label of order.toReversed()) {
    label.at = Math.min(label.at, next - gap);
    next = label.at;
  }
  const placed: number[] = [];
  for (const { at, index } of order) placed[index] = at;
  return placed;
}
