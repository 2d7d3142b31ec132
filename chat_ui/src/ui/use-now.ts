/** The present, for relative times that stay true while they are on screen. */
import { useEffect, useState } from "react";

/** Milliseconds since the epoch, read anew every `everyMs`. */
export function useNow(everyMs = 30_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
