/** A line about the whole page or a whole card. */
import type { JSX, ReactNode } from "react";
import type { Tone } from "./feedback.tsx";
import { Icon } from "./icon.tsx";
import { CircleCheck, CircleX, Info, TriangleAlert, type IconNode } from "./icons.ts";
import { useStyles } from "./styles.tsx";
import sheet from "./banner.css?inline";

const toneIcons: Readonly<Record<Tone, IconNode>> = {
  plain: Info,
  info: Info,
  ok: CircleCheck,
  warn: TriangleAlert,
  bad: CircleX,
};

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
  useStyles(sheet);
  return (
    <div className="banner" data-tone={tone} role={urgent ? "alert" : "status"}>
      <Icon of={icon} />
      <div className="banner-text">{children}</div>
      {action}
    </div>
  );
}
