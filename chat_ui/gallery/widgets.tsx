/** Every component and every ready-made widget, with the state of its example. */
import { useState, type JSX } from "react";
import type { Json } from "~/widgets/json.ts";
import { WidgetView, type WidgetEvent } from "~/widgets/widget-view.tsx";
import { Shelf } from "./shelf.tsx";

type Example = { readonly view: Json; readonly state: Json };
type Widget = { readonly key: string; readonly name: string; readonly view: Json };

const examples = import.meta.glob<Example>("../../widgets/catalogue/*/example.json", {
  eager: true,
  import: "default",
});
const widgets = import.meta.glob<Widget>("../../widgets/ready/*/widget.json", {
  eager: true,
  import: "default",
});
const states = import.meta.glob<{ readonly state: Json; readonly actions: readonly string[] }>(
  "../../widgets/ready/*/example.json",
  {
    eager: true,
    import: "default",
  },
);

/** A picture drawn here, so that the gallery asks no server for files. */
const picture = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="4" height="3" fill="#9bb0d8"/><circle cx="1.2" cy="1" r=".4" fill="#fff"/><path d="M0 3l1.5-1.4.8.7L3 1.5 4 3z" fill="#56719f"/></svg>')}`;
const fileUrl = (): string => picture;

const wait = async (): Promise<void> => {
  await new Promise((done) => setTimeout(done, 1500));
};

/** The catalogue. */
export function Components(): JSX.Element {
  const [last, setLast] = useState<WidgetEvent>();
  const act = (event: WidgetEvent): Promise<void> => {
    setLast(event);
    return wait();
  };
  return (
    <div className="gallery-grid">
      {Object.entries(examples).map(([path, { view, state }]) => (
        <Shelf key={path} name={path.split("/").at(-2) ?? path}>
          <WidgetView
            widget={{ name: path, view }}
            state={state}
            rev={1}
            actions={["confirm", "comment", "remind"]}
            onAction={act}
            fileUrl={fileUrl}
          />
        </Shelf>
      ))}
      <pre>{JSON.stringify(last)}</pre>
    </div>
  );
}

/** The ready-made widgets, and the states around a widget. */
export function ReadyWidgets(): JSX.Element {
  const all = Object.entries(widgets).map(([path, widget]) => {
    const { state = null, actions = [] } =
      states[path.replace("widget.json", "example.json")] ?? {};
    return { widget, state, actions };
  });
  const tracker = all.find(({ widget }) => widget.key === "order-tracker");
  return (
    <div className="gallery-grid">
      {all.map(({ widget, state, actions }) => (
        <Shelf key={widget.key} name={widget.key}>
          <WidgetView widget={widget} state={state} rev={1} actions={actions} onAction={wait} />
        </Shelf>
      ))}
      {tracker && (
        <Shelf name="states">
          <WidgetView {...tracker} state={undefined} rev={1} onAction={wait} />
          <WidgetView {...tracker} rev={1} onAction={wait} error="The order could not be read." />
          <WidgetView
            {...tracker}
            rev={1}
            onAction={wait}
            inertReason="A newer version of this widget is below."
          />
        </Shelf>
      )}
    </div>
  );
}
