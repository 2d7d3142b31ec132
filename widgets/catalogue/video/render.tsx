/** Draws Video. */
import type { JSX } from "react";
import type { Video as VideoNode } from "~/widgets/catalogue.gen.ts";
import { useDynamicText } from "~/widgets/scope.tsx";
import { useFile } from "~/widgets/use-file.ts";

/** A film with the browser's own controls; it never starts by itself. */
export function Video({ node }: { readonly node: VideoNode }): JSX.Element {
  const url = useFile(node.url);
  const label = useDynamicText(node.accessibility?.label);
  // Captions are part of the uploaded file where it has any.
  return (
    <video
      className="w-video"
      src={url}
      controls
      preload="metadata"
      aria-label={label || undefined}
    />
  );
}
