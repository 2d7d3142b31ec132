/** Everything that is wrong in one place, each with the way to it. */
import type { JSX } from "react";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { CircleAlert } from "~/ui/icons.ts";
import { isObject, type JsonObject, namesOf } from "./differences.ts";
import type { FormState } from "./use-form.ts";

/** Disappears with the last error. */
export function ErrorSummary({
  form,
  onGo,
}: {
  readonly form: FormState;
  readonly onGo: (pointer: string) => void;
}): JSX.Element | null {
  const text = useText();
  const errors = Object.entries(form.errors);
  if (errors.length === 0) return null;
  return (
    <div className="form-summary" role="alert">
      <p className="form-summary-title">
        <Icon of={CircleAlert} />
        {text("form.wrong", { count: errors.length })}
      </p>
      <ul>
        {errors.map(([pointer, message]) => (
          <li key={pointer}>
            <button type="button" className="link" onClick={() => onGo(pointer)}>
              {[...titlesOf(form.schema as JsonObject, pointer), message].join(": ")}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The title of the top-level field, wherever the schema declares it; for deeper ones the name as well. */
function titlesOf(schema: JsonObject, pointer: string): string[] {
  const [name, ...deeper] = namesOf(pointer);
  if (name === undefined) return [];
  const title = titleIn(schema, name) ?? name;
  return [
    [title, ...deeper.map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : part))].join(
      " ",
    ),
  ];
}

function titleIn(schema: JsonObject, name: string): string | undefined {
  const properties = schema["properties"];
  const own =
    isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (isObject(own) && typeof own["title"] === "string") return own["title"];
  for (const keyword of ["then", "else", "allOf", "anyOf", "oneOf"]) {
    for (const branch of [schema[keyword]].flat()) {
      const found = isObject(branch) ? titleIn(branch, name) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
