/** Draws one icon. */
import { createElement, type JSX } from "react";
import type { IconNode } from "./icons.ts";

/** `of` comes from `ui/icons`. With a `label` the icon speaks for itself, otherwise it is decoration. */
export type IconProps = {
  readonly of: IconNode;
  readonly size?: number;
  readonly label?: string;
  /** Arrows and chevrons point the other way in right-to-left text. */
  readonly flips?: boolean;
  readonly className?: string;
};

/** An inline SVG in the colour of the text around it. */
export function Icon({
  of,
  size = 18,
  label,
  flips = false,
  className = "",
}: IconProps): JSX.Element {
  return (
    <svg
      className={`icon ${className}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      data-flips={flips || undefined}
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      {of.map(([tag, attributes], index) => createElement(tag, { key: index, ...attributes }))}
    </svg>
  );
}
