/** The heavy parts of Markdown, fetched when the first message needs them and kept for all others. */
import { persistently } from "~/ui/later.tsx";
import { adoptStyles } from "~/ui/styles.tsx";

/** Markdown to safe HTML. */
export type Rendering = (source: string) => string;

/** What is done with `code` elements once they are whole. */
export type CodeBlocks = typeof import("./code-blocks.ts");

let rendering: Rendering | null = null;
let codeBlocks: Promise<CodeBlocks> | null = null;

/** The parser, if it is here already. */
export function readyRendering(): Rendering | null {
  return rendering;
}

/** The parser and its style sheet, adopted where `place` lives. */
export async function loadRendering(place: HTMLElement | null): Promise<Rendering> {
  const [{ renderMarkdown }, { default: prose }] = await persistently(() =>
    Promise.all([import("~/markdown/render.ts"), import("~/markdown/prose.css?inline")]),
  );
  const root = place?.getRootNode();
  if (root instanceof ShadowRoot || root instanceof Document) adoptStyles(root, prose);
  rendering = renderMarkdown;
  return renderMarkdown;
}

/** The highlighter, with the languages that people ask about most, and the button that copies. */
export function loadCodeBlocks(): Promise<CodeBlocks> {
  codeBlocks ??= persistently(() => import("./code-blocks.ts"));
  return codeBlocks;
}
