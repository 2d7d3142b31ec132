/** The pages of a form: which fields lie on which. Pure. */
import type { RJSFSchema } from "@rjsf/utils";
import type { FormPage } from "~/cards/payloads.ts";
import { namesOf } from "./differences.ts";

/** Pages that together hold every field; what no page names lies on the last one. Empty when the form has one page only. */
export function pagesOf(pages: readonly FormPage[] | undefined, resolved: RJSFSchema): FormPage[] {
  if (pages === undefined || pages.length < 2) return [];
  const named = new Set(pages.flatMap(({ fields }) => fields));
  const rest = Object.keys(resolved.properties ?? {}).filter((name) => !named.has(name));
  return pages.map((page, index) =>
    index === pages.length - 1 ? { ...page, fields: [...page.fields, ...rest] } : page,
  );
}

/** The page of a value by its JSON Pointer; the first one if it lies on none. */
export function pageOf(pages: readonly FormPage[], pointer: string): number {
  const name = namesOf(pointer)[0] ?? "";
  return Math.max(
    0,
    pages.findIndex(({ fields }) => fields.includes(name)),
  );
}
