/** Files of a message: named, sized, to be downloaded. */
import type { JSX } from "react";
import type { FilePart } from "~/protocol/wire.gen.ts";
import { Icon } from "~/ui/icon.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { Download } from "~/ui/icons.ts";
import { useClient } from "./client.tsx";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";

/** Nothing while there are none. */
export function FileList({ files }: { readonly files: readonly FilePart[] }): JSX.Element | null {
  useStyles(asides);
  const { api } = useClient();
  const { locale } = useI18n();
  if (files.length === 0) return null;
  return (
    <ul role="list" className="chips">
      {files.map((file) => (
        <li key={file.fileId}>
          <a className="chip" href={api.fileUrl(file.fileId)} download={file.name}>
            {file.mime?.startsWith("image/") ? (
              <img className="chip-image" src={api.fileUrl(file.fileId)} alt="" loading="lazy" />
            ) : (
              <Icon of={Download} size={16} />
            )}
            <span className="chip-name">{file.name ?? file.fileId}</span>
            {file.size !== undefined && <span className="muted">{sizeOf(file.size, locale)}</span>}
          </a>
        </li>
      ))}
    </ul>
  );
}

function sizeOf(bytes: number, locale: string): string {
  const isLarge = bytes >= 1_000_000;
  const unit = isLarge ? "megabyte" : "kilobyte";
  const format = new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 });
  return format.format(bytes / (isLarge ? 1_000_000 : 1000));
}
