/** What cards can do, over this conversation's socket. */
import { useMemo } from "react";
import type { CardActions } from "~/cards/actions.ts";
import type { Conversation } from "~/core/conversation.ts";
import { useClient } from "./client.tsx";

/** The same object as long as the conversation is the same. */
export function useCardActions(conversation: Conversation): CardActions {
  const { api, session } = useClient();
  return useMemo<CardActions>(
    () => ({
      async resume(interruptId, resolution) {
        await session.request({ type: "interrupt.resume", interruptId, resolution });
      },
      async withdraw(interruptId) {
        await session.request({ type: "interrupt.withdraw", interruptId });
      },
      async saveDraft(interruptId, values, rev, page) {
        const where = page === undefined ? {} : { page };
        const ack = await session.request({
          type: "form.draft",
          interruptId,
          values,
          rev,
          ...where,
        });
        const saved = ack.rev ?? rev + 1;
        conversation.draft({ interruptId, values, rev: saved, ...where });
        return saved;
      },
      upload: (file, onProgress, signal) => api.upload(file, { onProgress, signal }),
      fileOf: async (fileId) => ({
        name: (await api.file(fileId)).name,
        url: api.fileUrl(fileId),
      }),
      offersTool: (toolName) => session.clientTools.offer(toolName),
      async runClientTool(interruptId) {
        const interrupt = conversation.state.get().view.interrupts[interruptId];
        if (interrupt !== undefined) await session.clientTools.run(interrupt);
      },
      async declineClientTool(interruptId) {
        const interrupt = conversation.state.get().view.interrupts[interruptId];
        if (interrupt !== undefined) await session.clientTools.decline(interrupt);
      },
      focusCard(interruptId) {
        const root = document.querySelector("peer-chat")?.shadowRoot ?? document;
        const card = root.getElementById(`request-${interruptId}`);
        const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
        card?.scrollIntoView({ block: "center", behavior: isCalm ? "auto" : "smooth" });
        card?.focus({ preventScroll: true });
      },
    }),
    [api, session, conversation],
  );
}
