/** The list of conversations as the sidebar shows it: search, paging, and changes that show before the server answers. */
import { useCallback, useEffect, useState } from "react";
import type { ConversationRow } from "~/core/api.ts";
import { useClient } from "./client.tsx";
import { place } from "./route.ts";

/** The list and what can be done to its lines. */
export interface ConversationList {
  rows: readonly ConversationRow[] | null;
  hasMore: boolean;
  more(): void;
  change(
    id: string,
    change: { title?: string; pinned?: boolean; archived?: boolean },
  ): Promise<void>;
  remove(id: string): Promise<void>;
  restore(id: string): Promise<void>;
}

/** Loads the list, anew whenever the search, the shelf (archived or not) or the place changes. */
export function useConversationList(search: string, archived: boolean): ConversationList {
  const { api, session } = useClient();
  const [rows, setRows] = useState<readonly ConversationRow[] | null>(null);
  const [cursor, setCursor] = useState<string | undefined>();
  const load = useCallback(
    async (from?: string): Promise<void> => {
      const page = await api.conversations({
        search,
        archived,
        ...(from === undefined ? {} : { cursor: from }),
      });
      setRows((known) => (from === undefined ? page.items : [...(known ?? []), ...page.items]));
      setCursor(page.nextCursor ?? undefined);
    },
    [api, search, archived],
  );
  useEffect(() => {
    const reload = (): void => void load().catch(() => setRows((known) => known ?? []));
    const timer = setTimeout(reload, search === "" ? 0 : 200);
    const stops = [place.watch(reload), session.inbox.watch(reload)];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [load, search, session]);
  const act = async (action: Promise<void>): Promise<void> => {
    try {
      await action;
    } finally {
      await load();
    }
  };
  return {
    rows,
    hasMore: cursor !== undefined,
    more: () => void load(cursor),
    change: (id, change) => act(api.changeConversation(id, change)),
    remove: (id) => act(api.deleteConversation(id)),
    restore: (id) => act(api.restoreConversation(id)),
  };
}
