/** What every component of a widget can reach: its place in the state, and the host that listens. */
import { createContext, useContext, type Context, type JSX, type ReactNode } from "react";
import type { AnyComponent, Button, Component } from "./catalogue.gen.ts";
import { type Dynamic, pointerOf, textOf, valueOf } from "./dynamic.ts";
import { isRecord, type Json } from "./json.ts";

/** What a press does. */
export type Action = Button["action"];

/** A component of the catalogue, as drawn. */
export type Drawn<Props> = (props: { readonly node: Props }) => ReactNode;

/** What the widget gives to its components. */
export type Host = {
  readonly locale: string;
  readonly registry: ReadonlyMap<string, Drawn<never>>;
  /** A link to an uploaded file. */
  readonly fileUrl: (id: string) => string | Promise<string>;
  /** Whether anybody listens to that action, and the widget is still alive. */
  readonly listensTo: (name: string) => boolean;
  /** The source of the action in flight: one at a time. */
  readonly inFlight: string | undefined;
  readonly inert: boolean;
  readonly act: (name: string, payload: Json, source: string) => void;
  readonly edit: (pointer: string, value: Json) => void;
};

/** A host, and where in the state this part of the tree stands. */
export type Scope = Host & { readonly state: Json | undefined; readonly base: string };

/** Set by `WidgetView`, and again by each template for its elements. */
export const ScopeContext: Context<Scope | undefined> = createContext<Scope | undefined>(undefined);

/** The scope of this component; throws outside a widget. */
export function useScope(): Scope {
  const scope = useContext(ScopeContext);
  if (scope === undefined)
    throw new Error("a component of the catalogue was drawn outside a widget");
  return scope;
}

/** The text of a property, as it stands in the state now. */
export function useDynamicText(dynamic: Dynamic | undefined): string {
  return textOf(dynamic, useScope());
}

/** The value of a property with a way to change it; changes stay here until an action sends them. */
export function useBound(
  dynamic: Dynamic | undefined,
): readonly [Json | undefined, (value: Json) => void] {
  const scope = useScope();
  const pointer = pointerOf(dynamic, scope);
  return [
    valueOf(dynamic, scope),
    (value) => pointer !== undefined && !scope.inert && scope.edit(pointer, value),
  ];
}

/** The rows a property is bound to, each with its pointer if it comes from the state. */
export function rowsOf(
  dynamic: Dynamic | undefined,
  scope: Scope,
): readonly Readonly<Record<string, Json>>[] {
  const rows = valueOf(dynamic, scope);
  return Array.isArray(rows) ? rows.filter(isRecord) : [];
}

/** The payload of an action: its context with every path read now, from `scope`. */
export function payloadOf(action: Action, scope: Scope): Json {
  if (!("event" in action)) return null;
  const context = Object.entries(action.event.context ?? {});
  return Object.fromEntries(
    context.map(([key, dynamic]) => [key, valueOf(dynamic, scope) ?? null]),
  );
}

/** Draws one component; one that the catalogue does not know draws nothing. */
export function Child({ of }: { readonly of: Component }): JSX.Element | null {
  const { registry } = useScope();
  const Drawing = registry.get(of.component) as Drawn<AnyComponent> | undefined; // the registry pairs each name with its drawing
  return Drawing === undefined ? null : <Drawing node={of as AnyComponent} />;
}

/** The children of a layout: a list, or one per element of a list in the state. */
export type ChildList =
  | readonly Component[]
  | { readonly path: string; readonly template: Component };

/** Most elements of a template that are drawn. */
const maxElements = 500;

const unwrapped = (child: JSX.Element): JSX.Element => child;

/** Draws the children; each is wrapped by `wrap`, which a list uses for its items. */
export function Children({
  of,
  wrap = unwrapped,
}: {
  readonly of: ChildList;
  readonly wrap?: (child: JSX.Element) => JSX.Element;
}): JSX.Element {
  const scope = useScope();
  if (!("template" in of))
    return <>{of.map((child, index) => wrap(<Child key={index} of={child} />))}</>;
  const pointer = pointerOf({ path: of.path }, scope) ?? "";
  const rows = valueOf({ path: of.path }, scope);
  const count = Array.isArray(rows) ? Math.min(rows.length, maxElements) : 0;
  return (
    <>
      {Array.from({ length: count }, (_, index) =>
        wrap(
          <ScopeContext.Provider key={index} value={{ ...scope, base: `${pointer}/${index}` }}>
            <Child of={of.template} />
          </ScopeContext.Provider>,
        ),
      )}
    </>
  );
}
