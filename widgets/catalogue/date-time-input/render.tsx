/** Draws DateTimeInput. */
import type { JSX } from "react";
import { Field } from "~/ui/field.tsx";
import { useText } from "~/ui/i18n.tsx";
import type { DateTimeInput as DateTimeInputNode } from "~/widgets/catalogue.gen.ts";
import { useBound, useDynamicText, useScope } from "~/widgets/scope.tsx";

/** The browser's own picker for a day, a time, or both. */
export function DateTimeInput({ node }: { readonly node: DateTimeInputNode }): JSX.Element {
  const { inert } = useScope();
  const text = useText();
  const label = useDynamicText(node.label);
  const min = useDynamicText(node.min);
  const max = useDynamicText(node.max);
  const [value, setValue] = useBound(node.value);
  const type = node.enableTime ? (node.enableDate ? "datetime-local" : "time") : "date";
  return (
    <Field
      saysOptional={false}
      label={label || text(type === "time" ? "widget.time" : "widget.day")}
    >
      {(control) => (
        <input
          {...control}
          type={type}
          readOnly={inert}
          min={min || undefined}
          max={max || undefined}
          value={String(value ?? "")}
          onChange={(event) => setValue(event.target.value)}
        />
      )}
    </Field>
  );
}
