/** A clock that ticks once a minute, shared by all relative times on the page. */
import { createStore } from "~/core/store.ts";
import { useStore } from "./client.tsx";

const minute = createStore(Date.now());
setInterval(() => minute.set(Date.now()), 60_000);

/** Now, in milliseconds since the epoch; the component is drawn again every minute. */
export function useNow(): number {
  return useStore(minute);
}
