/** Draws Modal. */
import { useState, type JSX } from "react";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { useText } from "~/ui/i18n.tsx";
import type { Component, Modal as ModalNode } from "~/widgets/catalogue.gen.ts";
import { Child, useDynamicText } from "~/widgets/scope.tsx";

/** A trigger that is a button itself lends its label: a button inside a button is not allowed. */
function labelOf(trigger: Component & { readonly child?: Component }): Component {
  return trigger.component === "Button" && trigger.child ? trigger.child : trigger;
}

/** A button that opens the content in a dialog. */
export function Modal({ node }: { readonly node: ModalNode }): JSX.Element {
  const text = useText();
  const label = useDynamicText(node.accessibility?.label);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Child of={labelOf(node.trigger)} />
      </Button>
      <Dialog open={open} title={label || text("widget.details")} onClose={() => setOpen(false)}>
        <Child of={node.content} />
      </Dialog>
    </>
  );
}
