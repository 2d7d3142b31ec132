/** What a model wrote, as Markdown: parsed lazily, sanitized always, plain text until the parser is there. */
import { useEffect, useMemo, useRef, useState, type JSX } from "react";
import { useText } from "~/ui/i18n.tsx";
import { type Rendering, loadCodeBlocks, loadRendering, readyRendering } from "./markdown-parts.ts";

/** Safe to give anything to: no raw HTML, no remote images, links open beside the page. */
export function Markdown({
  source,
  isStreaming = false,
}: {
  readonly source: string;
  readonly isStreaming?: boolean;
}): JSX.Element {
  const text = useText();
  const [rendering, setRendering] = useState<Rendering | null>(readyRendering);
  const html = useMemo(() => rendering?.(source) ?? "", [rendering, source]);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (rendering === null)
      void loadRendering(box.current).then((ready) => setRendering(() => ready));
  }, [rendering]);
  useEffect(() => {
    if (rendering === null || isStreaming || source === "" || box.current === null) return;
    const blocks = [...box.current.querySelectorAll<HTMLElement>("pre > code")];
    if (blocks.length === 0) return;
    const words = { copy: text("message.copyCode"), copied: text("message.copied") };
    void loadCodeBlocks().then(({ dressCode }) => {
      for (const block of blocks) dressCode(block, words);
    });
  }, [rendering, source, isStreaming, text]);
  if (rendering === null) {
    return (
      <div className="prose prose-plain" dir="auto" ref={box}>
        {source}
      </div>
    );
  }
  // The only HTML that is set here: it comes out of DOMPurify with a short list of tags.
  return <div className="prose" dir="auto" ref={box} dangerouslySetInnerHTML={{ __html: html }} />;
}
