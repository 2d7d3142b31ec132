/** One line of text under its label, for the forms of the sign-in screen. */
import type { JSX, ReactNode } from "react";
import { Field } from "~/ui/field.tsx";

/** A required field; `type` and `autoComplete` are those of an input. */
export function TextField({
  label,
  help,
  error,
  type = "text",
  autoComplete,
  value,
  onInput,
}: {
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  readonly type?: "text" | "email" | "password";
  readonly autoComplete: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}): JSX.Element {
  return (
    <Field label={label} help={help} error={error} required>
      {(control) => (
        <input
          {...control}
          type={type}
          autoComplete={autoComplete}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
