/** One named part of the gallery. */
import type { JSX, ReactNode } from "react";

/** A name, and what bears it below. */
export function Shelf({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <section>
      <h2>{name}</h2>
      <div className="gallery-stack">{children}</div>
    </section>
  );
}
