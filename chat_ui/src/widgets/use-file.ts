/** The link to an uploaded file. */
import { useEffect, useState } from "react";
import { textOf, type Dynamic } from "./dynamic.ts";
import { useScope } from "./scope.tsx";

const fileId = /^[0-9a-z]{25}$/;

/** Undefined until the link is known. Whatever is no file id, an address for example, never becomes a link. */
export function useFile(dynamic: Dynamic | undefined): string | undefined {
  const scope = useScope();
  const { fileUrl } = scope;
  const id = textOf(dynamic, scope);
  const [link, setLink] = useState<{ readonly id: string; readonly url: string }>();
  useEffect(() => {
    if (!fileId.test(id)) return;
    let wanted = true;
    Promise.resolve(fileUrl(id)).then(
      (url) => wanted && setLink({ id, url }),
      () => wanted && setLink(undefined),
    );
    return () => {
      wanted = false;
    };
  }, [id, fileUrl]);
  return link?.id === id && link.url !== "" ? link.url : undefined;
}
