/** Messages that wait until the running turn is over: edit, take back, or answer next; once all is over, take back. */
import { useState, type JSX } from "react";
import type { ConversationView } from "~/core/view.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { CornerDownRight, Pencil, X } from "~/ui/icons.ts";
import { Icon } from "~/ui/icon.tsx";
import { isComposing } from "./keys.ts";
import { useCommand } from "./use-command.ts";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";

/** Nothing while nothing waits. */
export function MessageQueue({
  conversationId,
  view,
}: {
  readonly conversationId: string;
  readonly view: ConversationView;
}): JSX.Element | null {
  useStyles(asides);
  const text = useText();
  const command = useCommand();
  const [editing, setEditing] = useState<string | null>(null);
  if (view.queue.length === 0) return null;
  const isOver = view.ended !== null;
  const save = (messageId: string, content: string): void => {
    setEditing(null);
    const clientMessageId = crypto.randomUUID();
    void command({
      type: "message.edit",
      conversationId,
      messageId,
      clientMessageId,
      content,
    });
  };
  return (
    <ul role="list" className="queue" tabIndex={0} aria-label={text("queue.label")}>
      {view.queue.map((messageId) => (
        <li key={messageId} className="queue-line">
          <Icon of={CornerDownRight} size={16} />
          {editing === messageId ? (
            <input
              className="input"
              aria-label={text("queue.edit")}
              defaultValue={view.messages[messageId]?.text ?? ""}
              ref={(element: HTMLInputElement | null) => element?.focus()}
              onKeyDown={(event) => {
                if (isComposing(event)) return;
                if (event.key === "Enter") save(messageId, event.currentTarget.value);
                if (event.key === "Escape") setEditing(null);
              }}
            />
          ) : (
            <span className="queue-text">{view.messages[messageId]?.text}</span>
          )}
          {!isOver && (
            <>
              <Button
                size="small"
                kind="quiet"
                onClick={() => void command({ type: "turn.steer", conversationId, messageId })}
              >
                {text("queue.steer")}
              </Button>
              <IconButton
                size="small"
                icon={Pencil}
                label={text("queue.edit")}
                onClick={() => setEditing(messageId)}
              />
            </>
          )}
          <IconButton
            size="small"
            icon={X}
            label={text("queue.withdraw")}
            onClick={() => void command({ type: "message.withdraw", conversationId, messageId })}
          />
        </li>
      ))}
    </ul>
  );
}
