/** The form of a request: values of the flow, then of the draft; saved while it is typed. Load it lazily. */
import { createSchemaUtils, type RJSFSchema } from "@rjsf/utils";
import { useMemo, useState, type JSX, type ReactNode } from "react";
import type { CardActions } from "~/cards/actions.ts";
import type { FormPayload } from "~/cards/payloads.ts";
import type { DraftState } from "~/protocol/wire.gen.ts";
import { useText } from "~/ui/i18n.tsx";
import type { JsonObject } from "./differences.ts";
import { DraftMark } from "./draft-mark.tsx";
import { FormView } from "./form-view.tsx";
import { pageOf, pagesOf } from "./pages.ts";
import { useDraft } from "./use-draft.ts";
import type { Errors } from "./form-state.ts";
import { useForm } from "./use-form.ts";
import { validator } from "./validator.ts";

/** `onSubmit` answers what the server found wrong, by JSON Pointer. */
export interface RequestFormProps {
  readonly interruptId: string;
  readonly payload: FormPayload;
  readonly draft: DraftState | undefined;
  readonly actions: CardActions;
  readonly isSending: boolean;
  readonly cancel?: ReactNode;
  readonly question?: ReactNode;
  readonly onSubmit: (values: JsonObject) => Promise<Errors>;
}

/** Comes back half-typed on any device, on the page where it was left. */
export default function RequestForm(props: RequestFormProps): JSX.Element {
  const { interruptId, payload, draft, actions } = props;
  const text = useText();
  const schema = payload.schema as RJSFSchema;
  const [begun] = useState(() => ({ ...payload.values, ...draft?.values }));
  const form = useForm(schema, begun, payload.errors);
  const utils = useMemo(() => createSchemaUtils(validator, schema), [schema]);
  const pages = useMemo(
    () => pagesOf(payload.pages, utils.retrieveSchema(schema, form.values)),
    [payload.pages, utils, schema, form.values],
  );
  const [page, setPage] = useState(() => firstPage(pages, payload, draft));
  const keep = useDraft(draft, form.values, {
    save: (values, rev, at) => actions.saveDraft(interruptId, values, rev, at),
    onMerge(values, at) {
      form.change(values);
      if (at !== undefined && at < Math.max(1, pages.length)) setPage(at);
    },
  });
  return (
    <FormView
      form={form}
      prefix={interruptId}
      uiSchema={payload.uiSchema}
      pages={pages}
      page={page}
      onPage={(to) => {
        setPage(to);
        keep.change(form.values, [], to);
      }}
      submitLabel={payload.submitLabel ?? text("form.submit")}
      isSending={props.isSending}
      upload={actions.upload}
      fileOf={actions.fileOf}
      onChange={(values, pointers) => keep.change(values, pointers, page)}
      onSubmit={props.onSubmit}
      note={!props.isSending && <DraftMark status={keep.status} />}
      cancel={props.cancel}
      question={props.question}
    />
  );
}

function firstPage(
  pages: ReturnType<typeof pagesOf>,
  payload: FormPayload,
  draft: DraftState | undefined,
): number {
  const wrong = Object.keys(payload.errors ?? {}).map((pointer) => pageOf(pages, pointer));
  if (wrong.length > 0) return Math.min(...wrong);
  return Math.min(draft?.page ?? 0, Math.max(0, pages.length - 1));
}
