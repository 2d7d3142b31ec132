/** What an approver may change or must fill in before going on. Load it lazily. */
import type { RJSFSchema } from "@rjsf/utils";
import { type JSX, type RefObject, useEffect, useId, useRef, useState } from "react";
import { differences, type JsonObject } from "~/forms/differences.ts";
import { Fields } from "~/forms/fields.tsx";
import { useFocus } from "~/forms/use-focus.ts";
import type { Errors, FormState } from "~/forms/form-state.ts";
import { useForm } from "~/forms/use-form.ts";
import { Button } from "~/ui/button.tsx";
import { Facts } from "~/ui/card.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Pencil } from "~/ui/icons.ts";
import type { CardActions } from "./actions.ts";
import type { ApprovalPayload } from "./payloads.ts";
import { changeFacts } from "./shown-facts.tsx";

/** How the card asks for the inputs when a button is pressed. */
export interface ApprovalInputsHandle {
  /** Whether everything is right; what is wrong is marked and gets the focus. */
  check(): boolean;
  /** What goes with the decision. Unchanged values are no edits. */
  read(): { edits?: JsonObject; formData?: JsonObject };
  /** Shows what the server found wrong. */
  refuse(errors: Errors): void;
}

/** `handle` is filled while this is shown; `onEdited` hears whether anything differs from what was asked. */
export interface ApprovalInputsProps {
  readonly payload: ApprovalPayload;
  readonly handle: RefObject<ApprovalInputsHandle | null>;
  readonly onEdited: (isEdited: boolean) => void;
  readonly upload: CardActions["upload"];
}

const nothing: RJSFSchema = { type: "object", properties: {} };

/** Edits stay folded until wanted; the extra fields are always there. */
export default function ApprovalInputs(props: ApprovalInputsProps): JSX.Element {
  const { payload, handle, onEdited, upload } = props;
  const { editable, form } = payload;
  const text = useText();
  const prefix = useId();
  const box = useRef<HTMLDivElement>(null);
  const focus = useFocus(box);
  const [isEditing, setEditing] = useState(false);
  const edits = useForm((editable?.schema ?? nothing) as RJSFSchema, editable?.values);
  const fields = useForm((form?.schema ?? nothing) as RJSFSchema, form?.values);
  const [asked] = useState(edits.values);
  const changes = differences(asked, edits.values);
  const isEdited = changes.length > 0;
  useEffect(() => onEdited(isEdited), [onEdited, isEdited]);

  const check = (): boolean => {
    const inFields = wrongIn(fields, `${prefix}f`);
    const inEdits = wrongIn(edits, `${prefix}e`);
    if (inEdits.length > 0) setEditing(true);
    const [first] = [...inFields, ...inEdits];
    if (first === undefined) return true;
    focus(first);
    return false;
  };
  handle.current = {
    check,
    read: () => ({
      ...(isEdited ? { edits: edits.sent } : {}),
      ...(form === undefined ? {} : { formData: fields.sent }),
    }),
    refuse(errors) {
      edits.refuse(errors);
      fields.refuse(errors);
    },
  };
  return (
    <div
      ref={box}
      className="approval-inputs"
      onKeyDown={(event) => event.key !== "Escape" && event.stopPropagation()}
    >
      {form && (
        <Fields form={fields} prefix={`${prefix}f`} uiSchema={form.uiSchema} upload={upload} />
      )}
      {editable && !isEditing && (
        <div>
          <Button kind="quiet" size="small" icon={Pencil} onClick={() => setEditing(true)}>
            {text("card.edit")}
          </Button>
        </div>
      )}
      {editable && isEditing && (
        <fieldset className="field-group approval-edits">
          <legend className="field-label">{text("card.editing")}</legend>
          <Fields form={edits} prefix={`${prefix}e`} uiSchema={editable.uiSchema} upload={upload} />
        </fieldset>
      )}
      {isEdited && (
        <section className="approval-changes" aria-label={text("card.changes")}>
          <Facts
            facts={changeFacts(
              changes.map(({ pointer, ...change }) => ({ path: pointer, ...change })),
              editable?.schema,
            )}
          />
        </section>
      )}
    </div>
  );
}

function wrongIn(form: FormState, prefix: string): string[] {
  return Object.keys(form.check()).map((pointer) => prefix + pointer);
}
