/** Commands that a press sends: what does not get through is said, never swallowed. */
import { useCallback } from "react";
import type { Request } from "~/core/session.ts";
import { useProblemText } from "~/ui/problem-text.ts";
import { useToast } from "~/ui/toast.tsx";
import { useClient } from "./client.tsx";

/** Sends a command and answers whether the server did it; if not, a notice tells why. Never rejects. */
export function useCommand(): (request: Request) => Promise<boolean> {
  const { session } = useClient();
  const told = useProblemText();
  const showToast = useToast();
  return useCallback(
    (request) =>
      session.request(request).then(
        () => true,
        (error: unknown) => {
          showToast({ text: told(error) });
          return false;
        },
      ),
    [session, told, showToast],
  );
}
