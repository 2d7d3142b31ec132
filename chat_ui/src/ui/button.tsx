/** Buttons: one thing a person can do, and how far it is. */
import type { ComponentProps, JSX, MouseEvent, ReactNode } from "react";
import { Icon } from "./icon.tsx";
import type { IconNode } from "./icons.ts";
import { Spinner } from "./spinner.tsx";
import { Tooltip } from "./tooltip.tsx";

/** `primary` is the consequential action, `danger` destroys, `plain` is safe, `quiet` has no edge. */
export type ButtonKind = "primary" | "plain" | "danger" | "quiet";

/**
 * `busy` is the pressed one in flight, `inert` is spent or not available now.
 * Both stay focusable, are announced as disabled and swallow clicks: focus never jumps because a state changed.
 */
export type ButtonState = "ready" | "busy" | "inert";

/** Everything a native button takes, and the looks of ours. */
export type ButtonProps = Omit<ComponentProps<"button">, "disabled"> & {
  readonly kind?: ButtonKind;
  readonly size?: "normal" | "small";
  readonly state?: ButtonState;
  readonly icon?: IconNode;
  readonly children?: ReactNode;
};

/** A button that says what will happen. Never submits a form unless `type="submit"` is given. */
export function Button({
  kind = "plain",
  size = "normal",
  state = "ready",
  icon,
  children,
  className = "",
  onClick,
  ...rest
}: ButtonProps): JSX.Element {
  const press = (event: MouseEvent<HTMLButtonElement>): void => {
    if (state === "ready") onClick?.(event);
    else event.preventDefault();
  };
  return (
    <button
      type="button"
      {...rest}
      className={`button ${className}`}
      data-kind={kind}
      data-size={size}
      data-state={state}
      aria-disabled={state === "ready" ? undefined : true}
      aria-busy={state === "busy" || undefined}
      onClick={press}
    >
      {state === "busy" ? (
        <Spinner />
      ) : (
        icon && <Icon of={icon} size={size === "small" ? 16 : 18} />
      )}
      {children}
    </button>
  );
}

/** A button of one icon; `label` is its name for everybody: screen reader text and tooltip. */
export type IconButtonProps = Omit<ButtonProps, "children" | "icon" | "aria-label"> & {
  readonly icon: IconNode;
  readonly label: string;
  /** The keys that do the same, as people read them: shown behind the label. */
  readonly keys?: string | undefined;
};

/** A square button with a tooltip. */
export function IconButton({
  label,
  keys,
  kind = "quiet",
  className = "",
  ...rest
}: IconButtonProps): JSX.Element {
  return (
    <Tooltip text={label} keys={keys}>
      <Button {...rest} kind={kind} aria-label={label} className={`icon-button ${className}`} />
    </Tooltip>
  );
}
