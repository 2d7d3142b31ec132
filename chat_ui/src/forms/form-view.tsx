/** A whole form: pages, fields, what is wrong, and the buttons. Enter goes on in the form and nowhere else. */
import { type JSX, type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import type { CardActions } from "~/cards/actions.ts";
import type { FormPage } from "~/cards/payloads.ts";
import { Button } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import type { JsonObject } from "./differences.ts";
import { ErrorSummary } from "./error-summary.tsx";
import { Fields } from "./fields.tsx";
import { pageOf } from "./pages.ts";
import { Steps } from "./steps.tsx";
import { useFocus } from "./use-focus.ts";
import type { Errors, FormState } from "./form-state.ts";

/** Takes the values of a form; may answer errors by JSON Pointer. */
export type Submit = (values: JsonObject) => Promise<Errors> | void;

/** `pages` come from `pagesOf`; `page` is the one that is shown. */
export interface FormViewProps {
  readonly form: FormState;
  readonly prefix: string;
  readonly uiSchema?: JsonObject | undefined;
  readonly pages: readonly FormPage[];
  readonly page: number;
  readonly submitLabel: string;
  readonly isSending: boolean;
  readonly upload?: CardActions["upload"] | undefined;
  readonly fileOf?: CardActions["fileOf"] | undefined;
  readonly onPage: (page: number) => void;
  readonly onChange?: (values: JsonObject, pointers: readonly string[]) => void;
  /** Called with values that satisfy the schema; may answer what the server found wrong, by JSON Pointer. */
  readonly onSubmit: Submit;
  /** Beside the buttons: the state of the draft. */
  readonly note?: ReactNode;
  readonly cancel?: ReactNode;
  /** In the place of the buttons, as long as something has to be answered first. */
  readonly question?: ReactNode;
}

/** Asks page by page; the last one submits. */
export function FormView(props: FormViewProps): JSX.Element {
  const { form, prefix, pages, page, onPage } = props;
  const text = useText();
  const box = useRef<HTMLFormElement>(null);
  const focus = useFocus(box);
  const [isBusy, setBusy] = useState(false);
  // Errors that the flow sent along are summed up from the start; our own only once somebody tried to go on.
  const [isSummed, setSummed] = useState(Object.keys(form.errors).length > 0);
  const current = pages[page];
  const isLast = page >= pages.length - 1;

  const goTo = (pointer: string): void => {
    if (pages.length > 0) onPage(pageOf(pages, pointer));
    focus(prefix + pointer);
  };
  const turn = (to: number): void => {
    onPage(to);
    focus(`${prefix}-steps`);
  };
  const show = (errors: Errors): boolean => {
    const pointers = Object.keys(errors).toSorted((a, b) => pageOf(pages, a) - pageOf(pages, b));
    setSummed(pointers.length > 0);
    if (pointers[0] === undefined) return false;
    goTo(pointers[0]);
    return true;
  };
  const goOn = async (): Promise<void> => {
    if (isBusy || props.isSending) return;
    if (show(form.check(isLast ? undefined : current?.fields))) return;
    if (!isLast) return turn(page + 1);
    const refused = (await props.onSubmit(form.sent)) ?? {};
    form.refuse(refused);
    show(refused);
  };
  const state = props.isSending ? "busy" : isBusy ? "inert" : "ready";
  return (
    <form
      ref={box}
      className="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void goOn();
      }}
      onKeyDown={keepKeys}
    >
      {pages.length > 0 && <Steps id={`${prefix}-steps`} pages={pages} page={page} />}
      {isSummed && <ErrorSummary form={form} onGo={goTo} />}
      <Fields
        form={form}
        prefix={prefix}
        uiSchema={props.uiSchema}
        shown={current?.fields}
        upload={props.upload}
        fileOf={props.fileOf}
        onChange={props.onChange}
        onBusy={setBusy}
      />
      {props.question || (
        <div className="form-foot">
          {props.note}
          <span className="form-gap" />
          {props.cancel}
          {page > 0 && (
            <Button state={props.isSending ? "inert" : "ready"} onClick={() => turn(page - 1)}>
              {text("form.back")}
            </Button>
          )}
          <Button type="submit" kind="primary" state={state}>
            {isLast ? props.submitLabel : text("form.next")}
          </Button>
        </div>
      )}
    </form>
  );
}

/** What is typed in a form is no shortcut of the page around it; Escape is. */
function keepKeys(event: KeyboardEvent): void {
  if (event.key !== "Escape") event.stopPropagation();
}
