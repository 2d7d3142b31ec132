/** Draws Image. */
import type { JSX } from "react";
import type { Image as ImageNode } from "~/widgets/catalogue.gen.ts";
import { useDynamicText } from "~/widgets/scope.tsx";
import { useFile } from "~/widgets/use-file.ts";

/** A picture in a frame of fixed shape, so that nothing moves when it arrives; without a file there is none. */
export function Image({ node }: { readonly node: ImageNode }): JSX.Element | null {
  const id = useDynamicText(node.url);
  const url = useFile(node.url);
  const description = useDynamicText(node.description);
  if (id === "") return null;
  return (
    <span
      className="w-image"
      data-variant={node.variant ?? "mediumFeature"}
      data-fit={node.fit ?? "cover"}
    >
      {url && <img src={url} alt={description} loading="lazy" decoding="async" />}
    </span>
  );
}
