/** Draws Text. */
import type { JSX } from "react";
import type { Text as TextNode } from "~/widgets/catalogue.gen.ts";
import { useDynamicText } from "~/widgets/scope.tsx";

/** Headings are of the third level: the page and the message have their own. The small ones are headings only to the eye. */
const tags = { h1: "h3", h2: "h3", h3: "h3", h4: "p", h5: "p", caption: "p", body: "p" } as const;

/** A paragraph or heading; nothing at all when the text is empty. */
export function Text({ node }: { readonly node: TextNode }): JSX.Element | null {
  const text = useDynamicText(node.text);
  const variant = node.variant ?? "body";
  const Tag = tags[variant];
  if (text === "") return null;
  return (
    <Tag className="w-text" data-variant={variant} dir="auto">
      {text}
    </Tag>
  );
}
