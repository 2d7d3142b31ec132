/** A sent message, rewritten: it becomes a branch of its own, and the old one stays. */
import { useState, type JSX } from "react";
import type { Message } from "~/core/view.ts";
import { Button } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { isComposing } from "./keys.ts";
import { useCommand } from "./use-command.ts";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";

/** Enter sends, Escape leaves all as it was. What was written stays until the server has it. */
export function EditMessage({
  conversationId,
  message,
  onDone,
}: {
  readonly conversationId: string;
  readonly message: Message;
  readonly onDone: () => void;
}): JSX.Element {
  useStyles(asides);
  const text = useText();
  const command = useCommand();
  const [value, setValue] = useState(message.text);
  const [isBusy, setBusy] = useState(false);
  const [clientMessageId] = useState(() => crypto.randomUUID());
  const send = async (): Promise<void> => {
    const content = value.trim();
    if (content === "" || isBusy) return;
    setBusy(true);
    const { messageId } = message;
    const isSent = await command({
      type: "message.edit",
      conversationId,
      messageId,
      clientMessageId,
      content,
    });
    setBusy(false);
    if (isSent) onDone();
  };
  return (
    <div className="edit-message">
      <textarea
        className="input"
        rows={3}
        aria-label={text("message.edit")}
        value={value}
        ref={focusOnce}
        onInput={(event) => setValue(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (isComposing(event)) return;
          if (event.key === "Escape") {
            event.stopPropagation();
            onDone();
          } else if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            void send();
          }
        }}
      />
      <div className="edit-buttons">
        <Button size="small" onClick={onDone}>
          {text("message.keep")}
        </Button>
        <Button
          size="small"
          kind="primary"
          state={isBusy ? "busy" : "ready"}
          onClick={() => void send()}
        >
          {text("message.sendEdited")}
        </Button>
      </div>
    </div>
  );
}

function focusOnce(element: HTMLTextAreaElement | null): void {
  element?.focus();
}
