/** Draws ChoicePicker. */
import { useId, useState, type JSX } from "react";
import { useText } from "~/ui/i18n.tsx";
import type { ChoicePicker as ChoicePickerNode } from "~/widgets/catalogue.gen.ts";
import { textOf } from "~/widgets/dynamic.ts";
import { useBound, useDynamicText, useScope } from "~/widgets/scope.tsx";

/** Radio buttons or check boxes, as a list or as chips. The value in the state is always a list. */
export function ChoicePicker({ node }: { readonly node: ChoicePickerNode }): JSX.Element {
  const scope = useScope();
  const text = useText();
  const name = useId();
  const label = useDynamicText(node.label);
  const [value, setValue] = useBound(node.value);
  const [filter, setFilter] = useState("");
  const chosen = Array.isArray(value) ? value.map(String) : [];
  const many = node.variant === "multipleSelection";
  const options = node.options.map((option) => ({
    value: option.value,
    label: textOf(option.label, scope),
  }));
  const wanted = filter.toLocaleLowerCase(scope.locale);
  const toggle = (option: string, on: boolean): void =>
    setValue(
      many ? [...chosen.filter((one) => one !== option), ...(on ? [option] : [])] : [option],
    );
  return (
    <fieldset
      className="w-choices"
      data-style={node.displayStyle ?? "checkbox"}
      disabled={scope.inert}
    >
      {label && <legend className="field-label">{label}</legend>}
      {node.filterable && (
        <input
          className="input"
          type="search"
          value={filter}
          placeholder={text("widget.filter")}
          aria-label={text("widget.filter")}
          onChange={(event) => setFilter(event.target.value)}
        />
      )}
      <div className="w-options">
        {options
          .filter((option) => option.label.toLocaleLowerCase(scope.locale).includes(wanted))
          .map((option) => (
            <label key={option.value} className="choice">
              <input
                type={many ? "checkbox" : "radio"}
                name={name}
                checked={chosen.includes(option.value)}
                onChange={(event) => toggle(option.value, event.target.checked)}
              />
              <span dir="auto">{option.label}</span>
            </label>
          ))}
      </div>
    </fieldset>
  );
}
