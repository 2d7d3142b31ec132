/** A form over a JSON Schema, on its own: no draft, no request. Load it lazily. */
import { useId, useState, type JSX } from "react";
import type { CardActions } from "~/cards/actions.ts";
import type { JsonObject } from "./differences.ts";
import { FormView, type Submit } from "./form-view.tsx";
import { useForm } from "./use-form.ts";

/** `onSubmit` is called with values that satisfy the schema; it may answer errors by JSON Pointer. */
export interface SchemaFormProps {
  readonly schema: JsonObject;
  readonly uiSchema?: JsonObject;
  readonly values?: JsonObject;
  readonly submitLabel: string;
  readonly isSending?: boolean;
  readonly upload?: CardActions["upload"];
  readonly onSubmit: Submit;
}

/** Labels above, errors on leaving a field and on submitting. */
export default function SchemaForm(props: SchemaFormProps): JSX.Element {
  const form = useForm(props.schema, props.values);
  const prefix = useId();
  const [page, setPage] = useState(0);
  return (
    <FormView
      form={form}
      prefix={prefix}
      uiSchema={props.uiSchema}
      pages={[]}
      page={page}
      onPage={setPage}
      submitLabel={props.submitLabel}
      isSending={props.isSending ?? false}
      upload={props.upload}
      onSubmit={props.onSubmit}
    />
  );
}
