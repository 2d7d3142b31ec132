/** Fields that are chosen: yes or no, one of several, some of several. */
import {
  enumOptionsDeselectValue,
  enumOptionsIsSelected,
  enumOptionsSelectValue,
  type WidgetProps,
} from "@rjsf/utils";
import type { JSX } from "react";
import { useText } from "~/ui/i18n.tsx";
import { described } from "../form-context.ts";

/** Yes or no. */
export function CheckBox(props: WidgetProps): JSX.Element {
  const { id, value, label, disabled, readonly, onChange, onBlur } = props;
  return (
    <label className="choice" htmlFor={id}>
      <input
        {...described(props)}
        type="checkbox"
        name={id}
        checked={value === true}
        disabled={disabled || readonly}
        onChange={(event) => onChange(event.currentTarget.checked)}
        onBlur={() => onBlur(id, value)}
      />
      {label}
    </label>
  );
}

/** One of several, folded. The position stands for the value, which may be of any type. */
export function Select(props: WidgetProps): JSX.Element {
  const { id, value, options, multiple, required, placeholder, schema } = props;
  const { disabled, readonly, onChange, onBlur } = props;
  const text = useText();
  const choices = options.enumOptions ?? [];
  const isChosen = (choice: unknown): boolean =>
    enumOptionsIsSelected(choice, multiple ? (value ?? []) : value);
  const choose = (select: HTMLSelectElement): void => {
    const chosen = [...select.selectedOptions].flatMap(({ value: at }) =>
      at === "" ? [] : [choices[Number(at)]?.value as unknown],
    );
    onChange(multiple ? chosen : chosen[0]);
  };
  const mayBeEmpty =
    !multiple && (!required || (value === undefined && schema.default === undefined));
  return (
    <select
      {...described(props)}
      className="input"
      name={id}
      multiple={multiple}
      disabled={disabled || readonly}
      onChange={(event) => choose(event.currentTarget)}
      onBlur={() => onBlur(id, value)}
    >
      {mayBeEmpty && (
        <option value="" selected={value === undefined}>
          {placeholder || text("form.choose")}
        </option>
      )}
      {choices.map((choice, at) => (
        <option
          key={String(choice.value)}
          value={String(at)}
          selected={isChosen(choice.value)}
          disabled={options.enumDisabled?.includes(choice.value)}
        >
          {choice.label}
        </option>
      ))}
    </select>
  );
}

/** One of several, open. */
export function Radios(props: WidgetProps): JSX.Element {
  const { value, options, onChange } = props;
  return (
    <Choices
      {...props}
      type="radio"
      isChosen={(choice) => enumOptionsIsSelected(choice, value)}
      onChoose={(at) => onChange(options.enumOptions?.[at]?.value)}
    />
  );
}

/** Some of several. */
export function CheckBoxes(props: WidgetProps): JSX.Element {
  const { value, options, onChange } = props;
  const chosen: unknown[] = Array.isArray(value) ? value : [];
  const choose = (at: number, isOn: boolean): void =>
    onChange(
      isOn
        ? enumOptionsSelectValue(at, chosen as never, options.enumOptions)
        : enumOptionsDeselectValue(at, chosen as never, options.enumOptions),
    );
  return (
    <Choices
      {...props}
      type="checkbox"
      isChosen={(choice) => enumOptionsIsSelected(choice, chosen as never)}
      onChoose={choose}
    />
  );
}

function Choices({
  type,
  isChosen,
  onChoose,
  ...props
}: WidgetProps & {
  readonly type: "radio" | "checkbox";
  readonly isChosen: (value: never) => boolean;
  readonly onChoose: (at: number, isOn: boolean) => void;
}): JSX.Element {
  const { id, label, options, disabled, readonly, onBlur, value } = props;
  const { "aria-required": _, ...group } = described(props);
  return (
    <fieldset
      {...group}
      className="field-group"
      tabIndex={-1}
      role={type === "radio" ? "radiogroup" : "group"}
    >
      <legend className="field-label">{label}</legend>
      {(options.enumOptions ?? []).map((choice, at) => (
        <label className="choice" key={String(choice.value)}>
          <input
            type={type}
            name={id}
            checked={isChosen(choice.value as never)}
            disabled={disabled || readonly || options.enumDisabled?.includes(choice.value)}
            onChange={(event) => onChoose(at, event.currentTarget.checked)}
            onBlur={() => onBlur(id, value)}
          />
          {choice.label}
        </label>
      ))}
    </fieldset>
  );
}
