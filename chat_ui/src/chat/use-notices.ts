/** Looks for requests to tell of whenever more of them wait than before. */
import { useEffect, useRef } from "react";
import { useText } from "~/ui/i18n.tsx";
import { useClient } from "./client.tsx";

/** `waiting`: how many requests wait for this person. Does nothing unless the person has asked for notices. */
export function useNotices(waiting: number): void {
  const { api } = useClient();
  const text = useText();
  const before = useRef(0);
  useEffect(() => {
    const isMore = waiting > before.current;
    before.current = waiting;
    if (!isMore) return;
    const words = text("notice.title");
    import("./notices.ts")
      .then((module) => module.tellOfRequests(api, words))
      .catch(() => undefined); // the count in the title still tells
  }, [waiting, api, text]);
}
