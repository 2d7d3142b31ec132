/** A sent message, rewritten: it becomes a branch of its own, and the old one stays. */
import { useState, type JSX } from "react";
import type { Message } from "~/core/view.ts";
import { Button } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { useClient } from "./client.tsx";

/** Enter sends, Escape leaves all as it was. */
export function EditMessage({
  conversationId,
  message,
  onDone,
}: {
  readonly conversationId: string;
  readonly message: Message;
  readonly onDone: () => void;
}): JSX.Element {
  const text = useText();
  const { session } = useClient();
  const [value, setValue] = useState(message.text);
  const send = (): void => {
    if (value.trim() === "") return;
    const { messageId } = message;
    void session.request({
      type: "message.edit",
      conversationId,
      messageId,
      clientMessageId: crypto.randomUUID(),
      content: value.trim(),
    });
    onDone();
  };
  return (
    <div className="edit-message">
      <textarea
        className="input"
        rows={3}
        aria-label={text("message.edit")}
        value={value}
        ref={(element: HTMLTextAreaElement | null) => element?.focus()}
        onInput={(event) => setValue(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            onDone();
          } else if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            send();
          }
        }}
      />
      <div className="edit-buttons">
        <Button size="small" onClick={onDone}>
          {text("message.keep")}
        </Button>
        <Button size="small" kind="primary" onClick={send}>
          {text("message.sendEdited")}
        </Button>
      </div>
    </div>
  );
}
