/** Draws AudioPlayer. */
import type { JSX } from "react";
import type { AudioPlayer as AudioPlayerNode } from "~/widgets/catalogue.gen.ts";
import { useDynamicText } from "~/widgets/scope.tsx";
import { useFile } from "~/widgets/use-file.ts";

/** A recording with its title; it never starts by itself. */
export function AudioPlayer({ node }: { readonly node: AudioPlayerNode }): JSX.Element {
  const url = useFile(node.url);
  const description = useDynamicText(node.description);
  return (
    <figure className="w-audio">
      {description && <figcaption dir="auto">{description}</figcaption>}
      <audio src={url} controls preload="none" aria-label={description || undefined} />
    </figure>
  );
}
