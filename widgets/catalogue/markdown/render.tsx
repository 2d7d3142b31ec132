/** Draws Markdown; loaded when first needed. */
import { useMemo, type JSX } from "react";
import prose from "~/markdown/prose.css?inline";
import { renderMarkdown } from "~/markdown/render.ts";
import { useStyles } from "~/ui/styles.tsx";
import type { Markdown as MarkdownNode } from "~/widgets/catalogue.gen.ts";
import { useDynamicText } from "~/widgets/scope.tsx";

/** Formatted text, sanitised. */
export function Markdown({ node }: { readonly node: MarkdownNode }): JSX.Element {
  useStyles(prose);
  const source = useDynamicText(node.text);
  const html = useMemo(() => renderMarkdown(source), [source]);
  // The only HTML that is ever set: it comes out of DOMPurify with a short list of tags.
  return <div className="prose" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}
