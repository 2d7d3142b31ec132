/** Tells that something waits while the reader looks elsewhere: a count in the title and on the icon. */
import { useEffect } from "react";
import { createStore } from "~/core/store.ts";
import { useStore } from "./client.tsx";

const subject = createStore("");

/** Names what is shown in the title of a page of its own; a page that embeds the chat keeps its title. */
export function useSubject(name: string): void {
  useEffect(() => {
    subject.set(name);
    return () => subject.set("");
  }, [name]);
}

/** Shows `waiting` in the tab's title, and as a badge on its icon. */
export function useAttention(waiting: number): void {
  const about = useStore(subject);
  useEffect(() => {
    const isOwnPage = document.querySelector('peer-chat[mode="page"]') !== null;
    const plain = isOwnPage
      ? [about, "Peer Server"].filter(Boolean).join(" · ")
      : document.title.replace(/^\(\d+\) /, "");
    document.title = waiting > 0 ? `(${waiting}) ${plain}` : plain;
  }, [waiting, about]);
  useEffect(() => {
    import("./tab-icon.ts").then(
      (module) => module.drawIcon(waiting),
      () => undefined,
    ); // the title tells it too
  }, [waiting]);
}
