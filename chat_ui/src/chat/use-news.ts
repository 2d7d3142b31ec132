/** Whether something came that the reader has not seen. */
import { useRef } from "react";

/** `newest` names the last of what there is; `isSeen` says that it is before the reader's eyes. */
export function useNews(newest: string | undefined, isSeen: boolean): boolean {
  const seen = useRef(newest);
  if (isSeen) seen.current = newest;
  return seen.current !== newest;
}
