/** Around every field: label above, help, error; groups are fieldsets with a legend. */
import type {
  DescriptionFieldProps,
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  TitleFieldProps,
} from "@rjsf/utils";
import type { JSX } from "react";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { CircleAlert } from "~/ui/icons.ts";
import { contextOf } from "../form-context.ts";

/** One field. Groups draw their own legend, a single checkbox its own label. */
export function FieldFrame(props: FieldTemplateProps): JSX.Element {
  const { id, hidden, children, label, displayLabel, required, schema, rawErrors, rawHelp } = props;
  const text = useText();
  if (hidden) return <div hidden>{children}</div>;
  const isGroup = schema.type === "object" || schema.type === "array";
  const labelsItself = isGroup || schema.type === "boolean" || isChoice(props);
  const help = rawHelp ?? (isGroup ? undefined : props.rawDescription);
  return (
    <div className="field" data-type={String(schema.type)}>
      {displayLabel && !labelsItself && (
        <label className="field-label" htmlFor={id}>
          {label} {!required && <span className="field-optional">{text("field.optional")}</span>}
        </label>
      )}
      {children}
      {help && (
        <div className="field-help" id={`${id}-help`}>
          {help}
        </div>
      )}
      {rawErrors && rawErrors.length > 0 && !isRoot(id) && (
        <div className="field-error" id={`${id}-error`}>
          <Icon of={CircleAlert} size={16} />
          {rawErrors[0]}
        </div>
      )}
    </div>
  );
}

/** Radio buttons and boxes: their legend is the widget's. */
function isChoice({ uiSchema }: FieldTemplateProps): boolean {
  const widget = uiSchema?.["ui:widget"];
  return widget === "radio" || widget === "checkboxes";
}

function isRoot(id: string): boolean {
  return !id.includes("/");
}

/** An object: its fields one below the other. Of the outermost one only the page that is shown. */
export function ObjectFrame(props: ObjectFieldTemplateProps): JSX.Element {
  const { fieldPathId, properties, title, description } = props;
  const { fields } = contextOf(props);
  if (fieldPathId.path.length === 0) {
    const shown =
      fields === undefined ? properties : properties.filter(({ name }) => fields.includes(name));
    return <div className="fields">{shown.map(({ content }) => content)}</div>;
  }
  return (
    <fieldset className="field-group" id={fieldPathId.$id} tabIndex={-1}>
      {title && <legend className="field-label">{title}</legend>}
      {description && <div className="field-help">{description}</div>}
      <div className="fields">{properties.map(({ content }) => content)}</div>
    </fieldset>
  );
}

/** The title of a union; groups write their own. */
export function Title({ id, title }: TitleFieldProps): JSX.Element {
  return (
    <p className="field-label" id={id}>
      {title}
    </p>
  );
}

/** A description as plain text. */
export function Description({ id, description }: DescriptionFieldProps): JSX.Element | null {
  if (!description) return null;
  return (
    <div className="field-help" id={id}>
      {description}
    </div>
  );
}
