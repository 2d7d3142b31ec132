/** Draws a widget: pure data in, events out. */
import { Suspense, useState, type JSX } from "react";
import { Banner } from "~/ui/banner.tsx";
import { Skeleton } from "~/ui/feedback.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { useStyles } from "~/ui/styles.tsx";
import { Boundary } from "./boundary.tsx";
import { Bounded } from "./bounded.tsx";
import type { Component } from "./catalogue.gen.ts";
import type { Json } from "./json.ts";
import { registry } from "./registry.ts";
import { Child, ScopeContext, type Host } from "./scope.tsx";
import { useEdits } from "./use-edits.ts";
import styles from "./widgets.css?inline";

/** What `onAction` is told: `rev` is the revision that the person saw. */
export type WidgetEvent = { readonly name: string; readonly payload: Json; readonly rev: number };

/** `state` undefined means that it is still on its way. */
export type WidgetViewProps = {
  readonly widget: { readonly name: string; readonly view: Json };
  readonly state: Json | undefined;
  readonly rev: number;
  /** Names of the actions that somebody listens to; the others are inert. */
  readonly actions: readonly string[];
  /** Sends one action. While the promise is open the widget waits; when it rejects, the widget says so and can be pressed again. */
  readonly onAction: (event: WidgetEvent) => void | Promise<void>;
  /** The link to an uploaded file, by its id. */
  readonly fileUrl?: (id: string) => string | Promise<string>;
  readonly theme?: "light" | "dark";
  readonly locale?: string;
  /** Why this widget can no longer be used: it was replaced, or the session ended. */
  readonly inertReason?: string;
  /** Why there is nothing to show. */
  readonly error?: string;
};

/** A widget in its frame. Nothing inside can draw outside it, run code or fetch from other hosts. */
export function WidgetView({ theme, ...props }: WidgetViewProps): JSX.Element {
  useStyles(styles);
  const { text } = useI18n();
  const failed = <Banner tone="bad">{text("widget.broken")}</Banner>;
  return (
    <div
      role="group"
      className="widget"
      aria-label={props.widget.name}
      data-theme={theme}
      aria-busy={props.state === undefined && !props.error}
    >
      {props.error ? (
        <Banner tone="bad">{props.error}</Banner>
      ) : props.state === undefined ? (
        <Skeleton shape="block" />
      ) : (
        <Boundary resetKey={props.rev} fallback={failed}>
          <Suspense fallback={<Skeleton shape="block" />}>
            <Live {...props} />
          </Suspense>
        </Boundary>
      )}
      {props.inertReason && <Banner>{props.inertReason}</Banner>}
    </div>
  );
}

const noFile = (): string => "";

function Live({
  widget,
  state,
  rev,
  actions,
  onAction,
  fileUrl = noFile,
  locale,
  inertReason,
}: Omit<WidgetViewProps, "theme">): JSX.Element {
  const i18n = useI18n();
  const [edited, edit] = useEdits(state);
  const [inFlight, setInFlight] = useState<string>();
  const [refused, setRefused] = useState(false);
  const inert = inertReason !== undefined;
  const act: Host["act"] = (name, payload, source) => {
    if (inert || inFlight !== undefined) return;
    setInFlight(source);
    setRefused(false);
    // Through a promise, so that a listener that throws counts as one that rejects.
    Promise.resolve()
      .then(() => onAction({ name, payload, rev }))
      .catch(() => setRefused(true))
      .finally(() => setInFlight(undefined));
  };
  const scope = {
    locale: locale ?? i18n.locale,
    registry,
    fileUrl,
    inert,
    inFlight,
    listensTo: (name: string) => !inert && actions.includes(name),
    act,
    edit,
    state: edited,
    base: "",
  };
  return (
    <ScopeContext.Provider value={scope}>
      <Bounded>
        <Child
          of={widget.view as unknown as Component /* checked by the server before it was stored */}
        />
      </Bounded>
      {refused && (
        <Banner tone="bad" urgent>
          {i18n.text("widget.refused")}
        </Banner>
      )}
    </ScopeContext.Provider>
  );
}
