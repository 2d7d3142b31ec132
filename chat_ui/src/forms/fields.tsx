/** The fields of a form, without its buttons: controlled, never a `<form>`, so that Enter in a field sends nothing by itself. */
import RjsfForm from "@rjsf/core";
import type { ErrorSchema, UiSchema } from "@rjsf/utils";
import { useCallback, useMemo, useRef, useState, type JSX } from "react";
import type { CardActions } from "~/cards/actions.ts";
import { useStyles } from "~/ui/styles.tsx";
import { type JsonObject, namesOf } from "./differences.ts";
import styles from "./form.css?inline";
import type { FormContext } from "./form-context.ts";
import { templates, widgets } from "./theme/theme.ts";
import type { Errors, FormState } from "./form-state.ts";
import { validator } from "./validator.ts";

/** `shown` are the top-level fields of the page; absent means all. */
export interface FieldsProps {
  readonly form: FormState;
  /** Makes the ids of this form's controls unique in the page; the control of a value is `${prefix}${pointer}`. */
  readonly prefix: string;
  readonly uiSchema?: JsonObject | undefined;
  readonly shown?: readonly string[] | undefined;
  readonly upload?: CardActions["upload"] | undefined;
  readonly fileOf?: CardActions["fileOf"] | undefined;
  readonly onChange?: ((values: JsonObject, pointers: readonly string[]) => void) | undefined;
  /** Whether an upload is on its way. */
  readonly onBusy?: ((isBusy: boolean) => void) | undefined;
}

/** Draws and wires the fields; what is wrong comes from `form.errors`. */
export function Fields(props: FieldsProps): JSX.Element {
  const { form, prefix, uiSchema, shown, upload, fileOf } = props;
  useStyles(styles);
  const latest = useRef(props);
  latest.current = props;
  const onBusy = useBusy(latest);
  const context = useMemo<FormContext>(
    () => ({
      onBusy,
      ...(shown === undefined ? {} : { fields: shown }),
      ...(upload === undefined ? {} : { upload }),
      ...(fileOf === undefined ? {} : { fileOf }),
    }),
    [onBusy, shown, upload, fileOf],
  );
  const extraErrors = useMemo(() => errorTree(form.errors), [form.errors]);
  return (
    <RjsfForm
      tagName="div"
      noValidate
      schema={form.schema}
      uiSchema={uiSchema as UiSchema}
      formData={form.values}
      validator={validator}
      templates={templates}
      widgets={widgets}
      formContext={context}
      extraErrors={extraErrors}
      idPrefix={prefix}
      idSeparator="/"
      showErrorList={false}
      onChange={({ formData }) => {
        const { form: now, onChange } = latest.current;
        const values = formData as JsonObject;
        const pointers = now.change(values);
        if (pointers.length > 0) onChange?.(values, pointers);
      }}
      onBlur={(id) => latest.current.form.leave(id.slice(prefix.length))}
    >
      <></>
    </RjsfForm>
  );
}

function useBusy(latest: { readonly current: FieldsProps }): FormContext["onBusy"] {
  const [busy] = useState(() => new Set<string>());
  return useCallback(
    (id, isBusy) => {
      if (isBusy) busy.add(id);
      else if (!busy.delete(id)) return;
      latest.current.onBusy?.(busy.size > 0);
    },
    [busy, latest],
  );
}

/** Messages by pointer as the tree that rjsf hands down to the fields. */
function errorTree(errors: Errors): ErrorSchema {
  type Node = { [name: string]: Node | string[] };
  const tree: Node = {};
  for (const [pointer, message] of Object.entries(errors)) {
    let node = tree;
    for (const name of namesOf(pointer)) node = (node[name] ??= {}) as Node;
    node["__errors"] = [message];
  }
  return tree as ErrorSchema;
}
