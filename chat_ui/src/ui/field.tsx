/** A labelled control with help and error, wired for assistive technology. */
import { useId, type JSX, type ReactNode } from "react";
import { Icon } from "./icon.tsx";
import { CircleAlert } from "./icons.ts";
import { useText } from "./i18n.tsx";

/** What the control must spread on its element. */
export type ControlProps = {
  readonly id: string;
  readonly className: "input";
  readonly required: boolean;
  readonly "aria-describedby"?: string;
  readonly "aria-invalid"?: true;
};

/** The control is drawn by `children`, which receives the attributes that tie it to label, help and error. */
export type FieldProps = {
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  readonly required?: boolean;
  /** Whether to say that it may be left empty; not where nothing is ever required. */
  readonly saysOptional?: boolean;
  readonly children: (control: ControlProps) => ReactNode;
};

/** Label above, control, help, error. */
export function Field({
  label,
  help,
  error,
  required = false,
  saysOptional = true,
  children,
}: FieldProps): JSX.Element {
  const id = useId();
  const text = useText();
  const described = [help != null && `${id}-help`, error && `${id}-error`]
    .filter(Boolean)
    .join(" ");
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}{" "}
        {!required && saysOptional && (
          <span className="field-optional">{text("field.optional")}</span>
        )}
      </label>
      {children({
        id,
        className: "input",
        required,
        ...(described === "" ? {} : { "aria-describedby": described }),
        ...(error ? { "aria-invalid": true } : {}),
      })}
      {help != null && (
        <div className="field-help" id={`${id}-help`}>
          {help}
        </div>
      )}
      {error && (
        <div className="field-error" id={`${id}-error`}>
          <Icon of={CircleAlert} size={16} />
          {error}
        </div>
      )}
    </div>
  );
}
