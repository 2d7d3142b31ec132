/** Chooses how a chart is drawn, and at which width. */
import { useLayoutEffect, useRef, useState, type JSX } from "react";
import { AxisPlot } from "./axis-plot.tsx";
import { Pie } from "./pie.tsx";
import type { Data } from "./series.ts";

/** `write` gives the text of a value with its unit. */
export type PlotProps = {
  readonly kind: "line" | "area" | "bar" | "pie";
  readonly title: string;
  readonly data: Data;
  readonly write: (value: number) => string;
};

/** Before it is measured, and where nothing can be measured. */
const assumedWidth = 560;

/** Draws in real pixels, again whenever the room changes: text keeps its size on a phone. */
export function Plot({ kind, ...rest }: PlotProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(assumedWidth);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(200, Math.floor(entry?.contentRect.width ?? assumedWidth))),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={frame} className="chart-frame">
      {kind === "pie" ? <Pie {...rest} /> : <AxisPlot {...rest} kind={kind} width={width} />}
    </div>
  );
}

/** The names of the series with their colours, where there is no room beside the lines. */
export function Legend({ labels }: { readonly labels: readonly string[] }): JSX.Element {
  return (
    <ul role="list" className="chart-legend">
      {labels.map((label, index) => (
        <li key={index} data-series={index + 1}>
          {label}
        </li>
      ))}
    </ul>
  );
}
