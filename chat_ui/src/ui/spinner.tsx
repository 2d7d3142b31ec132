/** Something is going on. */
import type { JSX } from "react";
import { Icon } from "./icon.tsx";
import { LoaderCircle } from "./icons.ts";

/** Decoration unless it has a `label`: the element that waits says `aria-busy`. */
export function Spinner({
  size = 18,
  label,
}: {
  readonly size?: number;
  readonly label?: string;
}): JSX.Element {
  return (
    <Icon
      of={LoaderCircle}
      size={size}
      className="spinner"
      {...(label === undefined ? {} : { label })}
    />
  );
}
