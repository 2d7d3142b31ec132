/** What went wrong with an answer, inside the card that it belongs to. */
import type { JSX } from "react";
import { Banner } from "~/ui/banner.tsx";
import type { Problem } from "./problem.ts";

/** Nothing while all is well. Announced at once: the person waits for it. */
export function ProblemBanner({
  problem,
}: {
  readonly problem: Problem | null;
}): JSX.Element | null {
  if (problem === null) return null;
  return (
    <Banner tone={problem.code === undefined ? "warn" : "bad"} urgent>
      {problem.message}
    </Banner>
  );
}
