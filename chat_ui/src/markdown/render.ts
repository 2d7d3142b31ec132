/** Markdown from people, models and flows as safe HTML: no raw HTML, nothing fetched, links open elsewhere. */
import DOMPurify from "dompurify";
import { Marked, type Tokens } from "marked";

const tags =
  "p br hr strong em del code pre ul ol li blockquote h3 h4 h5 h6 a table thead tbody tr th td".split(
    " ",
  );

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};
const escape = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (sign) => escapes[sign] ?? sign);

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    /** Raw HTML is text: what was written is what is shown. */
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escape(text),
    /** A picture on another host would tell it who reads: its description is shown as a link instead. */
    image: ({ href, text }: Tokens.Image) =>
      `<a href="${escape(href)}">${escape(text || href)}</a>`,
    checkbox: ({ checked }: Tokens.Checkbox) => (checked ? "☑ " : "☐ "),
    /** A message stands under headings of the page, so its own start at the third level. */
    heading({ tokens, depth }: Tokens.Heading) {
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
  },
});

const purify = DOMPurify(window);
purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "A") return;
  if (/^(https?:|mailto:)/i.test(node.getAttribute("href") ?? "")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  } else {
    node.removeAttribute("href");
  }
});

/** Safe HTML for `source`. Code blocks carry `class="language-…"` on their `code` for highlighting. */
export function renderMarkdown(source: string): string {
  const html = marked.parse(source, { async: false });
  return purify.sanitize(html, {
    ALLOWED_TAGS: tags,
    ALLOWED_ATTR: ["href", "class", "start", "align", "target", "rel"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  });
}
