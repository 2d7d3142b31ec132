/** Where a floating thing goes: geometry only. */

/** A box in viewport pixels. */
export type Box = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

/** How the floating box lies relative to its anchor. */
export type Placement = {
  readonly side: "above" | "below";
  readonly align: "start" | "center" | "end";
  readonly rtl: boolean;
};

const gap = 4;
const margin = 8;

/** The top left corner for `floating`: on the wanted side if it fits, else on the other, always inside the viewport. */
export function place(
  anchor: Box,
  floating: Box,
  options: Placement & { viewport: Box },
): { left: number; top: number } {
  const { side, align, rtl, viewport } = options;
  const above = anchor.top - gap - floating.height;
  const below = anchor.top + anchor.height + gap;
  const fitsAbove = above >= margin;
  const fitsBelow = below + floating.height <= viewport.height - margin;
  const top =
    side === "above"
      ? fitsAbove || !fitsBelow
        ? above
        : below
      : fitsBelow || !fitsAbove
        ? below
        : above;

  const atLeft = anchor.left;
  const atRight = anchor.left + anchor.width - floating.width;
  const centred = anchor.left + (anchor.width - floating.width) / 2;
  const left = align === "center" ? centred : (align === "start") !== rtl ? atLeft : atRight;
  return {
    left: clamp(left, margin, viewport.width - floating.width - margin),
    top: clamp(top, margin, viewport.height - floating.height - margin),
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}
