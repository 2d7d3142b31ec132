/** A modal question or panel. */
import { useEffect, useId, useRef, type JSX, type ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { X } from "./icons.ts";
import { useText } from "./i18n.tsx";
import { useStyles } from "./styles.tsx";
import sheet from "./dialog.css?inline";

/** The owner decides whether it is open: `onClose` asks, it does not close by itself. */
export type DialogProps = {
  readonly open: boolean;
  readonly title: string;
  readonly onClose: () => void;
  readonly actions?: ReactNode;
  readonly size?: "normal" | "wide";
  readonly children?: ReactNode;
};

const FIRST = ".dialog-body :is(input, textarea, select, button, a)";

/** The native modal dialog: traps focus, makes the rest inert, closes on Escape, and gives the focus back. */
export function Dialog({
  open,
  title,
  onClose,
  actions,
  size = "normal",
  children,
}: DialogProps): JSX.Element | null {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const text = useText();
  useStyles(sheet);
  useEffect(() => {
    const element = dialog.current;
    if (!open || element === null) return;
    // The element is gone by the time it could close itself, so the focus is given back by hand.
    const before = (element.getRootNode() as Document | ShadowRoot).activeElement;
    element.showModal();
    element.querySelector<HTMLElement>(FIRST)?.focus(); // not the way out, which comes first on the page
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={dialog}
      className="dialog"
      data-size={size}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className="dialog-head">
        <h2 className="dialog-title" id={titleId}>
          {title}
        </h2>
        <IconButton icon={X} label={text("dialog.close")} onClick={onClose} />
      </div>
      <div className="dialog-body">{children}</div>
      {actions != null && <div className="dialog-actions">{actions}</div>}
    </dialog>
  );
}
