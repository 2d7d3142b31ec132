/** Colours code and lets it be copied; loaded with the first fenced block. */
import sheet from "~/markdown/code.css?inline";
import { adoptStyles } from "~/ui/styles.tsx";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import css from "highlight.js/lib/languages/css";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

for (const [name, language] of Object.entries({
  bash,
  css,
  javascript,
  json,
  python,
  sql,
  typescript,
  xml,
  yaml,
})) {
  hljs.registerLanguage(name, language);
}

/** Colours the block in place, names its language and lets it be copied; once. */
export function dressCode(block: HTMLElement, words: { copy: string; copied: string }): void {
  const frame = block.parentElement;
  if (frame === null || frame.previousElementSibling?.className === "code-head") return;
  const root = block.getRootNode();
  if (root instanceof ShadowRoot || root instanceof Document) adoptStyles(root, sheet);
  const language = /language-([\w-]+)/.exec(block.className)?.[1] ?? "";
  if (hljs.getLanguage(language) !== undefined) hljs.highlightElement(block);
  if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0; // what scrolls must be reachable by keyboard
  const head = document.createElement("div");
  head.className = "code-head";
  head.append(language, copyButton(block, words));
  frame.before(head);
}

function copyButton(block: HTMLElement, words: { copy: string; copied: string }): HTMLElement {
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
  return button;
}
