/** Draws TextField. */
import type { JSX } from "react";
import { Field } from "~/ui/field.tsx";
import type { TextField as TextFieldNode } from "~/widgets/catalogue.gen.ts";
import { useBound, useDynamicText, useScope } from "~/widgets/scope.tsx";

const types = { shortText: "text", number: "number", obscured: "password" } as const;

/** A line or a block of text; a number stays a number in the state. */
export function TextField({ node }: { readonly node: TextFieldNode }): JSX.Element {
  const { inert } = useScope();
  const label = useDynamicText(node.label);
  const [value, setValue] = useBound(node.value);
  const { variant = "shortText" } = node;
  const shown = value === undefined || value === null ? "" : String(value);
  return (
    <Field saysOptional={false} label={label}>
      {(control) =>
        variant === "longText" ? (
          <textarea
            {...control}
            readOnly={inert}
            dir="auto"
            value={shown}
            onChange={(event) => setValue(event.target.value)}
          />
        ) : (
          <input
            {...control}
            type={types[variant]}
            readOnly={inert}
            dir="auto"
            autoComplete="off"
            value={shown}
            onChange={({ target }) =>
              setValue(
                variant === "number" && target.value !== "" ? target.valueAsNumber : target.value,
              )
            }
          />
        )
      }
    </Field>
  );
}
