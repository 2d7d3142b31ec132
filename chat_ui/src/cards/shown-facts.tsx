/** JSON as a definition list. */
import { useEffect, useState, type ReactNode } from "react";
import type { Fact } from "~/ui/card.tsx";
import { useText } from "~/ui/i18n.tsx";
import type { Json } from "~/protocol/wire.gen.ts";
import { isObject, namesOf, step } from "~/forms/differences.ts";
import { fieldSchema, shownValue, titleAt } from "~/forms/titles.ts";
import type { CardActions, StoredFile } from "./actions.ts";
import type { ShownFact } from "./payloads.ts";
import { Change, Value } from "./value-text.tsx";
import { visibleText } from "./visible-text.ts";

/** Facts as a flow states them. */
export function shownFacts(facts: readonly ShownFact[]): Fact[] {
  return facts.map(({ label, value }) => ({ label, value: <Value of={value} /> }));
}

/** The members of an object, labelled by the titles of its schema where there are any. */
export function factsOf(
  value: Json | undefined,
  schema?: Json,
  fileOf?: CardActions["fileOf"],
): Fact[] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, item]) => {
    const field = fieldSchema(schema, name);
    const isFile = field?.["format"] === "file";
    return {
      label: titleAt(schema, step(name)),
      value: isFile ? (
        <FileName fileId={item} fileOf={fileOf} />
      ) : (
        <Value of={shownValue(field, item)} />
      ),
    };
  });
}

/** Changes, labelled by the titles of the schema. `path` is a JSON Pointer. */
export function changeFacts(
  changes: readonly { path: string; before?: Json | undefined; after?: Json | undefined }[],
  schema?: Json,
): Fact[] {
  return changes.map(({ path, before, after }) => {
    const [name = "", ...deeper] = namesOf(path);
    const field = deeper.length === 0 ? fieldSchema(schema, name) : undefined;
    const shown = (value: Json | undefined): Json | undefined =>
      value === undefined ? undefined : shownValue(field, value);
    return {
      label: titleAt(schema, path),
      value: <Change before={shown(before)} after={shown(after)} />,
    };
  });
}

/** The value of a file field is an id, which tells nobody anything: its name, which leads to it, as soon as it is known. */
function FileName({
  fileId,
  fileOf,
}: {
  readonly fileId: Json;
  readonly fileOf: CardActions["fileOf"];
}): ReactNode {
  const text = useText();
  const [file, setFile] = useState<StoredFile | null>(null);
  useEffect(() => {
    if (typeof fileId !== "string") return;
    let isShown = true;
    void fileOf?.(fileId).then(
      (found) => isShown && setFile(found),
      () => undefined, // gone, or not for this reader: then there is nothing to lead to
    );
    return () => void (isShown = false);
  }, [fileId, fileOf]);
  if (file === null) return text("form.attached");
  return (
    <a href={file.url} download={file.name}>
      {visibleText(file.name)}
    </a>
  );
}
