/** The list of conversations as the sidebar shows it: search, paging, changes, and news from the open conversation. */
import { useCallback, useEffect, useState } from "react";
import type { ConversationRow } from "~/core/api.ts";
import { useProblemText } from "~/ui/problem-text.ts";
import { useToast } from "~/ui/toast.tsx";
import { useClient } from "./client.tsx";
import { place } from "./route.ts";

const TYPING_MS = 200;
const NEWS_MS = 300;

/** What can be changed of a conversation. */
export type Change = { title?: string; pinned?: boolean; archived?: boolean };

/** The list and what can be done to its lines; the answers say whether it was done. */
export interface ConversationList {
  rows: readonly ConversationRow[] | null;
  problem: unknown;
  hasMore: boolean;
  more(): void;
  reload(): void;
  change(id: string, change: Change): Promise<boolean>;
  remove(id: string): Promise<boolean>;
  restore(id: string): Promise<boolean>;
}

/** Loads the list, anew whenever the search, the shelf (archived or not) or the place changes, or something happens. */
export function useConversationList(search: string, archived: boolean): ConversationList {
  const { api, session } = useClient();
  const showToast = useToast();
  const told = useProblemText();
  const [rows, setRows] = useState<readonly ConversationRow[] | null>(null);
  const [cursor, setCursor] = useState<string | undefined>();
  const [problem, setProblem] = useState<unknown>(null);
  const load = useCallback(
    async (from?: string): Promise<void> => {
      const since = from === undefined ? {} : { cursor: from };
      try {
        const page = await api.conversations({ search, archived, ...since });
        setRows((known) => (from === undefined ? page.items : [...(known ?? []), ...page.items]));
        setCursor(page.nextCursor ?? undefined);
        setProblem(null);
      } catch (error) {
        setProblem(error);
      }
    },
    [api, search, archived],
  );
  useEffect(() => {
    let timer = setTimeout(() => void load(), search === "" ? 0 : TYPING_MS);
    const soon = (): void => {
      if (session.connection.get().state !== "live") return; // it comes back as news
      clearTimeout(timer);
      timer = setTimeout(() => void load(), NEWS_MS);
    };
    const stops = [place, session.inbox, session.news, session.connection].map((store) =>
      store.watch(soon),
    );
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [load, search, session]);
  const act = async (action: Promise<unknown>): Promise<boolean> => {
    const isDone = await action.then(
      () => true,
      (error: unknown) => (showToast({ text: told(error) }), false),
    );
    await load();
    return isDone;
  };
  return {
    rows,
    problem,
    hasMore: cursor !== undefined,
    more: () => void load(cursor),
    reload: () => void load(),
    change: (id, change) => act(api.changeConversation(id, change)),
    remove: (id) => act(api.deleteConversation(id)),
    restore: (id) => act(api.restoreConversation(id)),
  };
}
