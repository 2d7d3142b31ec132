/** Commands that a press sends: what does not get through is said, never swallowed. */
import { useCallback } from "react";
import { ConnectionLost, type Request } from "~/core/session.ts";
import { useText } from "~/ui/i18n.tsx";
import { useToast } from "~/ui/toast.tsx";
import { useClient } from "./client.tsx";

/** Sends a command and answers whether the server did it; if not, a notice tells why. Never rejects. */
export function useCommand(): (request: Request) => Promise<boolean> {
  const { session } = useClient();
  const text = useText();
  const showToast = useToast();
  return useCallback(
    (request) =>
      session.request(request).then(
        () => true,
        (error: unknown) => {
          const isCut = error instanceof ConnectionLost;
          showToast({ text: isCut ? text("connection.notDone") : (error as Error).message });
          return false;
        },
      ),
    [session, text, showToast],
  );
}
