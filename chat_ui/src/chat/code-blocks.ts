/** Colours code and lets it be copied; loaded with the first fenced block. */
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

/** Colours the block in place, once; a language that is not known stays plain. */
export function highlight(block: HTMLElement): void {
  const language = /language-([\w-]+)/.exec(block.className)?.[1];
  if (language === undefined || hljs.getLanguage(language) === undefined) return;
  if (block.dataset["highlighted"] === undefined) hljs.highlightElement(block);
}

/** Adds the button, once. */
export function addCopyButton(block: HTMLElement, words: { copy: string; copied: string }): void {
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
