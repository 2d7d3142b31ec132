/** Style sheets are adopted, never inlined: they work in shadow roots and under a strict CSP. */
import { createContext, useContext, useLayoutEffect, type Context } from "react";

/** Where components live: the document or the shadow root of an element. */
export type StyleRoot = Document | ShadowRoot;

/** The root that lazily loaded components adopt their sheets into. */
export const StyleRootContext: Context<StyleRoot> = createContext<StyleRoot>(document);

const sheets = new Map<string, CSSStyleSheet>();

/** Adopts `css` into `root` once; the same text is parsed once per page, and adopting it again does nothing. */
export function adoptStyles(root: StyleRoot, css: string): void {
  let sheet = sheets.get(css);
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    sheets.set(css, sheet);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}

/** Gives a lazily loaded component its sheet before its first paint. */
export function useStyles(css: string): void {
  const root = useContext(StyleRootContext);
  useLayoutEffect(() => adoptStyles(root, css), [root, css]);
}
