/** What the fields of one form share. rjsf hands it to every template and widget. */
import type { Registry, WidgetProps } from "@rjsf/utils";
import type { CardActions } from "~/cards/actions.ts";

/** `fields` are the top-level fields of the page that is shown; absent means all. */
export interface FormContext {
  fields?: readonly string[];
  upload?: CardActions["upload"];
  fileOf?: CardActions["fileOf"];
  /** A field says that it waits for an upload, or does no longer. */
  onBusy(id: string, isBusy: boolean): void;
}

/** The context of the form around a template or widget. */
export function contextOf({ registry }: { readonly registry: Registry }): FormContext {
  return registry.formContext as FormContext;
}

/** What ties a control to its help and its error, the same for every widget. */
export function described({ id, rawErrors, required, schema, uiSchema }: WidgetProps): {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
  "aria-required"?: true;
} {
  const isWrong = rawErrors !== undefined && rawErrors.length > 0;
  const hasHelp = Boolean(
    uiSchema?.["ui:help"] ?? uiSchema?.["ui:description"] ?? schema.description,
  );
  const ids = [hasHelp && `${id}-help`, isWrong && `${id}-error`].filter(Boolean).join(" ");
  return {
    id,
    ...(ids === "" ? {} : { "aria-describedby": ids }),
    ...(isWrong ? { "aria-invalid": true as const } : {}),
    ...(required ? { "aria-required": true as const } : {}),
  };
}
