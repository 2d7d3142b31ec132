/** What every component of the chat may reach: the server, the session, and the person who is signed in. */
import { createContext, useCallback, useContext, useSyncExternalStore, type Context } from "react";
import type { Api } from "~/core/api.ts";
import type { Session } from "~/core/session.ts";
import type { Readable } from "~/core/store.ts";
import type { Actor } from "~/protocol/wire.gen.ts";

const FRAME_MS = 16;

/** Made once per sign-in. */
export interface ChatClient {
  api: Api;
  session: Session;
  me: Actor;
}

const ClientContext: Context<ChatClient | null> = createContext<ChatClient | null>(null);

/** Gives the client to everything below. */
export const ClientProvider: typeof ClientContext.Provider = ClientContext.Provider;

/** The client around this component. Throws outside of a signed-in chat. */
export function useClient(): ChatClient {
  const client = useContext(ClientContext);
  if (client === null) throw new Error("useClient outside of ClientProvider");
  return client;
}

/** The current value of a store; the component is drawn again when it changes. */
export function useStore<T>(store: Readable<T>): T {
  return useSyncExternalStore(
    (listener) => store.watch(listener),
    () => store.get(),
  );
}

/** Like `useStore` for what changes faster than eyes see: drawn at most once per frame, a replay in a few goes. */
export function useCalmStore<T>(store: Readable<T>): T {
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const draw = (): void => {
        timer = undefined;
        listener();
      };
      const stop = store.watch(() => {
        timer ??= setTimeout(draw, FRAME_MS);
      });
      return () => {
        stop();
        clearTimeout(timer);
      };
    },
    [store],
  );
  return useSyncExternalStore(subscribe, () => store.get());
}
