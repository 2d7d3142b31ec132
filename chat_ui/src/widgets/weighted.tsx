/** A box that takes its share of the free space around it. */
import { useLayoutEffect, useRef, type JSX, type ReactNode } from "react";

/** `justify` and `align` are read by the style sheet. */
export type WeightedProps = {
  readonly of: { readonly weight?: number | undefined };
  readonly className: string;
  readonly justify?: string | undefined;
  readonly align?: string | undefined;
  readonly children: ReactNode;
};

/** A `div` whose `flex-grow` is the weight, set through CSSOM so that no style attribute is needed. */
export function Weighted({ of, className, justify, align, children }: WeightedProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const style = box.current?.style;
    if (style === undefined) return;
    style.flexGrow = of.weight === undefined ? "" : String(of.weight);
    style.flexBasis = of.weight === undefined ? "" : "0";
  }, [of.weight]);
  return (
    <div ref={box} className={className} data-justify={justify} data-align={align}>
      {children}
    </div>
  );
}
