/** Files of the message that is being written, with their progress and a way to take each one out. */
import type { JSX } from "react";
import { IconButton } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { File, RefreshCw, X } from "~/ui/icons.ts";
import type { Uploads } from "./use-uploads.ts";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";

/** Nothing while there are no files. */
export function FileChips({ uploads }: { readonly uploads: Uploads }): JSX.Element | null {
  useStyles(asides);
  const text = useText();
  if (uploads.all.length === 0) return null;
  return (
    <ul role="list" className="chips">
      {uploads.all.map((upload) => (
        <li key={upload.key} className="chip" data-bad={upload.error !== undefined}>
          <Icon of={File} size={16} />
          <span className="chip-words">
            <span className="chip-name">{upload.name}</span>
            {upload.error !== undefined && (
              <span className="chip-error" role="alert">
                {upload.error}
              </span>
            )}
          </span>
          {upload.error !== undefined && (
            <IconButton
              size="small"
              icon={RefreshCw}
              label={text("files.retry", { name: upload.name })}
              onClick={() => uploads.retry(upload.key)}
            />
          )}
          {upload.part === undefined && upload.error === undefined && (
            <progress
              max={1}
              value={upload.share}
              aria-label={text("files.progress", { name: upload.name })}
            />
          )}
          <IconButton
            size="small"
            icon={X}
            label={text("files.remove", { name: upload.name })}
            onClick={() => uploads.remove(upload.key)}
          />
        </li>
      ))}
    </ul>
  );
}
