/** Small signs of state: badge, skeleton, hidden text. */
import type { JSX, ReactNode } from "react";
import { Icon } from "./icon.tsx";
import type { IconNode } from "./icons.ts";

/** The meaning of a colour; never without a word or an icon. */
export type Tone = "plain" | "info" | "ok" | "warn" | "bad";

/** One or two words of state. */
export function Badge({
  tone = "plain",
  icon,
  children,
}: {
  readonly tone?: Tone;
  readonly icon?: IconNode;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <span className="badge" data-tone={tone}>
      {icon && <Icon of={icon} size={14} />}
      {children}
    </span>
  );
}

/** The shape of what is coming; invisible for its first 150 ms so that fast answers do not flash. */
export function Skeleton({
  shape = "lines",
  lines = 3,
}: {
  readonly shape?: "lines" | "block";
  readonly lines?: number;
}): JSX.Element {
  return (
    <div className="skeleton" data-shape={shape} aria-hidden="true">
      {Array.from({ length: shape === "block" ? 1 : lines }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  );
}

/** Text for screen readers only. */
export function VisuallyHidden({ children }: { readonly children: ReactNode }): JSX.Element {
  return <span className="visually-hidden">{children}</span>;
}
