/** Speaking in place of typing, where the browser offers it; the words land in the composer and are sent by hand. */
import { useEffect, useRef, useState, type JSX } from "react";
import { IconButton } from "~/ui/button.tsx";
import { useI18n } from "~/ui/i18n.tsx";
import { Mic } from "~/ui/icons.ts";
import { useStyles } from "~/ui/styles.tsx";
import { useToast } from "~/ui/toast.tsx";
import asides from "./asides.css?inline";

interface Recognition extends EventTarget {
  lang: string;
  continuous: boolean;
  start(): void;
  stop(): void;
}

interface Heard extends Event {
  readonly resultIndex: number;
  readonly results: ArrayLike<ArrayLike<{ transcript: string }> & { isFinal: boolean }>;
}

type Maker = new () => Recognition;

/** The browser's recogniser, if it has one. */
function maker(): Maker | undefined {
  const names = window as { SpeechRecognition?: Maker; webkitSpeechRecognition?: Maker };
  return names.SpeechRecognition ?? names.webkitSpeechRecognition;
}

/** Hands over each finished phrase; nothing where the browser cannot listen. */
export function Dictation({
  onWords,
}: {
  readonly onWords: (words: string) => void;
}): JSX.Element | null {
  const { text, locale } = useI18n();
  useStyles(asides);
  const showToast = useToast();
  const current = useRef<Recognition | null>(null);
  const [isOn, setOn] = useState(false);
  useEffect(() => () => current.current?.stop(), []);
  const Recogniser = maker();
  if (Recogniser === undefined) return null;
  const begin = (): void => {
    const recognition = new Recogniser();
    recognition.lang = locale;
    recognition.continuous = true;
    recognition.addEventListener("result", (event) => {
      const { results, resultIndex } = event as Heard;
      for (const result of Array.from(results).slice(resultIndex))
        if (result.isFinal) onWords(result[0]?.transcript.trim() ?? "");
    });
    recognition.addEventListener("error", () => showToast({ text: text("dictation.failed") }));
    recognition.addEventListener("end", () => setOn(false));
    recognition.start();
    current.current = recognition;
    setOn(true);
  };
  return (
    <IconButton
      icon={Mic}
      className="dictation"
      aria-pressed={isOn}
      label={text(isOn ? "dictation.stop" : "dictation.start")}
      onClick={() => (isOn ? current.current?.stop() : begin())}
    />
  );
}
