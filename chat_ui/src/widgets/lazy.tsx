/** The widget renderer for whoever must start small: everything loads with the first widget. */
import { lazy, Suspense, type JSX } from "react";
import { Skeleton } from "~/ui/feedback.tsx";
import { persistently } from "~/ui/later.tsx";
import type { WidgetViewProps } from "./widget-view.tsx";

const Loaded = lazy(() =>
  persistently(async () => ({ default: (await import("./widget-view.tsx")).WidgetView })),
);

/** `WidgetView`, with a skeleton until its code has arrived. */
export function LazyWidgetView(props: WidgetViewProps): JSX.Element {
  return (
    <Suspense fallback={<Skeleton shape="block" />}>
      <Loaded {...props} />
    </Suspense>
  );
}
