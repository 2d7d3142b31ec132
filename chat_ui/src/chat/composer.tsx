/** Where one writes: Enter sends, Shift+Enter makes a line, files by button, paste or drop; the draft survives reloads. */
import {
  useEffect,
  useRef,
  type ClipboardEvent,
  type JSX,
  type KeyboardEvent,
  type RefObject,
} from "react";
import type { PeerAbility } from "~/core/api.ts";
import type { Part } from "~/protocol/wire.gen.ts";
import { IconButton } from "~/ui/button.tsx";
import { type MessageKey, useText } from "~/ui/i18n.tsx";
import { Paperclip, SendHorizontal, Square } from "~/ui/icons.ts";
import { useClient, useStore } from "./client.tsx";
import { draftOf } from "./composer-drafts.ts";
import { isComposing } from "./keys.ts";
import { ActionBar, Dictation, FileChips } from "./lazy.tsx";
import { useCommand } from "./use-command.ts";
import { useDrop } from "./use-drop.ts";
import { useUploads } from "./use-uploads.ts";

const canListen = "SpeechRecognition" in window || "webkitSpeechRecognition" in window;

/** Never disabled: while a turn runs, what is sent waits in the queue. */
export function Composer({
  ref,
  conversationId,
  isRunning,
  lastSent,
  actions,
}: {
  readonly ref: RefObject<HTMLTextAreaElement | null>;
  readonly conversationId: string;
  readonly isRunning: boolean;
  readonly lastSent: string;
  readonly actions: readonly PeerAbility[];
}): JSX.Element {
  const text = useText();
  const { session } = useClient();
  const command = useCommand();
  const draft = draftOf(conversationId);
  const value = useStore(draft);
  const uploads = useUploads();
  const isOver = useDrop(ref, uploads.add);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => grow(ref.current)); // not the typing alone changes the text
  const words = value.trim();
  const canSend = (words !== "" || uploads.done.length > 0) && !uploads.isBusy;
  const send = (): void => {
    if (!canSend) return;
    const parts: Part[] = words === "" ? [] : [{ type: "text", text: words }];
    session.send(conversationId, uploads.done.length === 0 ? words : [...parts, ...uploads.done]);
    draft.set("");
    uploads.clear();
  };
  const stop = (): void => void command({ type: "turn.stop", conversationId });
  const press = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (isComposing(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && isRunning) {
      stop();
    } else if (event.key === "ArrowUp" && !event.altKey && value === "" && lastSent !== "") {
      event.preventDefault();
      draft.set(lastSent);
    }
  };
  const paste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    uploads.add(files);
  };
  return (
    <div className="composer">
      {actions.length > 0 && <ActionBar conversationId={conversationId} actions={actions} />}
      {uploads.all.length > 0 && <FileChips uploads={uploads} />}
      <div className="composer-box" data-over={isOver}>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            uploads.add([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />
        <IconButton
          icon={Paperclip}
          label={text("composer.attach")}
          onClick={() => picker.current?.click()}
        />
        <textarea
          ref={ref}
          className="composer-input"
          rows={1}
          dir={value === "" ? undefined : "auto"}
          aria-label={text("composer.label")}
          placeholder={text(placeholder(isOver, isRunning))}
          value={value}
          onInput={(event) => draft.set(event.currentTarget.value)}
          onKeyDown={press}
          onPaste={paste}
        />
        {canListen && (
          <Dictation
            onWords={(said) => draft.set((before) => `${before.trimEnd()} ${said}`.trim())}
          />
        )}
        {isRunning && (
          <IconButton
            icon={Square}
            kind="plain"
            className="composer-stop"
            label={text("composer.stop")}
            keys="Esc"
            aria-keyshortcuts="Escape"
            onClick={stop}
          />
        )}
        <IconButton
          icon={SendHorizontal}
          kind="primary"
          className="composer-send"
          label={text(isRunning ? "composer.queue" : "composer.send")}
          keys="Enter"
          aria-keyshortcuts="Enter"
          state={canSend ? "ready" : "inert"}
          onClick={send}
        />
      </div>
    </div>
  );
}

function placeholder(isOver: boolean, isRunning: boolean): MessageKey {
  if (isOver) return "composer.drop";
  return isRunning ? "composer.placeholderQueue" : "composer.placeholder";
}

function grow(area: HTMLTextAreaElement | null): void {
  if (area === null) return;
  area.style.blockSize = "auto"; // through CSSOM, which the policy allows
  area.style.blockSize = `${Math.min(area.scrollHeight, 200)}px`;
}
