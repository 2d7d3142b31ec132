/** Finding words in one conversation: which messages hold them, and where they stand in what is drawn. */
import { branch, type ConversationView, type Message } from "~/core/view.ts";

/** The ids of the messages of the shown branch that hold these words, in whatever case, oldest first. */
export function messagesWith(words: string, view: ConversationView): string[] {
  const wanted = folded(words.trim());
  if (wanted === "") return [];
  const asked = titlesByMessage(view);
  return branch(view)
    .filter((message) => folded(said(message, asked)).includes(wanted))
    .map((message) => message.messageId);
}

/** Every place inside these elements where the words are drawn; words across several elements are not seen. */
export function placesOf(words: string, elements: Iterable<Element>): Range[] {
  const wanted = folded(words.trim());
  if (wanted === "") return [];
  return [...elements].flatMap((element) =>
    textsIn(element).flatMap((text) => inText(text, wanted)),
  );
}

/** Case is no difference, and neither is how an accent is stored. */
function folded(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

function said(message: Message, asked: ReadonlyMap<string, string>): string {
  const files = message.parts.flatMap((part) => (part.type === "file" ? (part.name ?? []) : []));
  return [message.text, ...files, asked.get(message.messageId) ?? ""].join("\n");
}

function titlesByMessage(view: ConversationView): ReadonlyMap<string, string> {
  const titles = new Map<string, string>();
  for (const { messageId, title } of Object.values(view.interrupts)) {
    if (messageId !== undefined) titles.set(messageId, `${titles.get(messageId) ?? ""}\n${title}`);
  }
  return titles;
}

function textsIn(element: Element): Text[] {
  const walker = element.ownerDocument.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode()) found.push(walker.currentNode as Text);
  return found;
}

function inText(text: Text, wanted: string): Range[] {
  const drawn = folded(text.data);
  if (drawn.length !== text.data.length) return []; // its places would not be those of the text
  const found: Range[] = [];
  for (let at = drawn.indexOf(wanted); at >= 0; at = drawn.indexOf(wanted, at + wanted.length)) {
    const range = new Range();
    range.setStart(text, at);
    range.setEnd(text, at + wanted.length);
    found.push(range);
  }
  return found;
}
