/** Reads messages aloud with the voices of the browser; one at a time. */
import { createStore, type Readable } from "~/core/store.ts";

const speaking = createStore<string | null>(null);

/** The message that is being read, if any. */
export const spoken: Readable<string | null> = speaking;

/** Whether this browser can read aloud at all. */
export function canSpeak(): boolean {
  return "speechSynthesis" in window;
}

/** Reads `words` in the voice of `locale`; what was being read before ends. */
export function speak(messageId: string, words: string, locale: string): void {
  stopSpeaking();
  const utterance = new SpeechSynthesisUtterance(plain(words));
  utterance.lang = locale;
  const end = (): void => speaking.set((current) => (current === messageId ? null : current));
  utterance.addEventListener("end", end);
  utterance.addEventListener("error", end);
  speaking.set(messageId);
  speechSynthesis.speak(utterance);
}

/** Ends what is being read. */
export function stopSpeaking(): void {
  speaking.set(null);
  speechSynthesis.cancel();
}

/** Markdown as it would be read by a person: no code, no addresses, no signs of emphasis. */
export function plain(markdown: string): string {
  return markdown
    .replaceAll(/```[\s\S]*?(```|$)/g, " ")
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/^\s*(#{1,6}|>|[-*+]|\d+\.)\s+/gm, "")
    .replaceAll(/[*_`~|]+/g, "")
    .replaceAll(/[ \t]+/g, " ")
    .trim();
}
