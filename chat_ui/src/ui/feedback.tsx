/** Small signs of state: badge, banner, skeleton, hidden text. */
import type { JSX, ReactNode } from "react";
import { Icon } from "./icon.tsx";
import { CircleCheck, CircleX, Info, TriangleAlert, type IconNode } from "./icons.ts";

/** The meaning of a colour; never without a word or an icon. */
export type Tone = "plain" | "info" | "ok" | "warn" | "bad";

const toneIcons: Readonly<Record<Tone, IconNode>> = {
  plain: Info,
  info: Info,
  ok: CircleCheck,
  warn: TriangleAlert,
  bad: CircleX,
};

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

/** `urgent` is announced at once; everything else politely. */
export type BannerProps = {
  readonly tone?: Tone;
  readonly icon?: IconNode;
  readonly action?: ReactNode;
  readonly urgent?: boolean;
  readonly children: ReactNode;
};

/** A line about the whole: what is wrong, what is safe, what to do. */
export function Banner({
  tone = "info",
  icon = toneIcons[tone],
  action,
  urgent = false,
  children,
}: BannerProps): JSX.Element {
  return (
    <div className="banner" data-tone={tone} role={urgent ? "alert" : "status"}>
      <Icon of={icon} />
      <div className="banner-text">{children}</div>
      {action}
    </div>
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
