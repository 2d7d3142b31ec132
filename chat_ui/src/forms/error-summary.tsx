/** Everything that is wrong in one place, each with the way to it. */
import type { JSX } from "react";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { CircleAlert } from "~/ui/icons.ts";
import type { Json } from "~/protocol/wire.gen.ts";
import { titleAt } from "./titles.ts";
import type { FormState } from "./form-state.ts";

/** Disappears with the last error. */
export function ErrorSummary({
  form,
  onGo,
}: {
  readonly form: FormState;
  readonly onGo: (pointer: string) => void;
}): JSX.Element | null {
  const text = useText();
  const errors = Object.entries(form.errors);
  if (errors.length === 0) return null;
  return (
    <div className="form-summary" role="alert">
      <p className="form-summary-title">
        <Icon of={CircleAlert} />
        {text("form.wrong", { count: errors.length })}
      </p>
      <ul>
        {errors.map(([pointer, message]) => (
          <li key={pointer}>
            <button type="button" className="link" onClick={() => onGo(pointer)}>
              {[titleAt(form.schema as Json, pointer), message].filter(Boolean).join(": ")}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
