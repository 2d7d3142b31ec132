/** Fields that are typed into: text, numbers, dates, long text. Native controls, so that every device brings its own help. */
import { getInputProps, type BaseInputTemplateProps, type WidgetProps } from "@rjsf/utils";
import type { JSX } from "react";
import { described } from "../form-context.ts";

/** One line of anything; the schema decides its kind. */
export function LineInput(props: BaseInputTemplateProps): JSX.Element {
  const { id, value, type, schema, options, disabled, readonly, placeholder } = props;
  const { onChange, onChangeOverride, onBlur } = props;
  const { step, min, max, ...kind } = getInputProps(schema, type, options);
  return (
    <input
      {...described(props)}
      {...kind}
      {...(step === undefined ? {} : { step })}
      {...(min === undefined ? {} : { min })}
      {...(max === undefined ? {} : { max })}
      className="input"
      name={id}
      value={value ?? ""}
      placeholder={placeholder}
      disabled={disabled}
      readOnly={readonly}
      onChange={
        onChangeOverride ??
        ((event) =>
          onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.value))
      }
      onBlur={(event) => onBlur(id, event.currentTarget.value)}
    />
  );
}

/** Several lines; grows with what is typed. */
export function TextArea(props: WidgetProps): JSX.Element {
  const { id, value, options, disabled, readonly, placeholder, onChange, onBlur } = props;
  return (
    <textarea
      {...described(props)}
      className="input"
      name={id}
      rows={options.rows ?? 3}
      value={value ?? ""}
      placeholder={placeholder}
      disabled={disabled}
      readOnly={readonly}
      onInput={(event) =>
        onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.value)
      }
      onBlur={(event) => onBlur(id, event.currentTarget.value)}
    />
  );
}
