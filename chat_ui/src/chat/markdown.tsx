/** What a model wrote, as Markdown: parsed lazily, sanitized always, plain text until the parser is there. */
import { useEffect, useRef, useState, type JSX } from "react";
import { useText } from "~/ui/i18n.tsx";
import {
  type Highlighter,
  type Rendering,
  loadHighlighter,
  loadRendering,
  readyRendering,
} from "./markdown-parts.ts";

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
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (rendering === null)
      void loadRendering(box.current).then((ready) => setRendering(() => ready));
  }, [rendering]);
  useEffect(() => {
    if (rendering === null || isStreaming || source === "" || box.current === null) return;
    const blocks = [...box.current.querySelectorAll<HTMLElement>("pre > code")];
    if (blocks.length === 0) return;
    for (const block of blocks)
      addCopyButton(block, { copy: text("message.copyCode"), copied: text("message.copied") });
    void loadHighlighter().then((highlight: Highlighter) => blocks.forEach(highlight));
  }, [rendering, source, isStreaming, text]);
  if (rendering === null) {
    return (
      <div className="prose prose-plain" dir="auto" ref={box}>
        {source}
      </div>
    );
  }
  // The only HTML that is set here: it comes out of DOMPurify with a short list of tags.
  return (
    <div
      className="prose"
      dir="auto"
      ref={box}
      dangerouslySetInnerHTML={{ __html: rendering(source) }}
    />
  );
}

function addCopyButton(block: HTMLElement, words: { copy: string; copied: string }): void {
  const frame = block.parentElement;
  if (frame === null || frame.querySelector("button") !== null) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-code";
  button.textContent = words.copy;
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(block.textContent ?? "").then(() => {
      button.textContent = words.copied;
      setTimeout(() => (button.textContent = words.copy), 2000);
    });
  });
  frame.append(button);
}
