/** Where one writes: Enter sends, Shift+Enter makes a line, files by button, paste or drop; the draft survives reloads. */
import {
  useEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type JSX,
  type KeyboardEvent,
  type RefObject,
} from "react";
import type { PeerAbility } from "~/core/api.ts";
import type { Part } from "~/protocol/wire.gen.ts";
import { IconButton } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { Paperclip, SendHorizontal, Square } from "~/ui/icons.ts";
import { useClient } from "./client.tsx";
import { FileChips } from "./file-chips.tsx";
import { ActionBar } from "./lazy.tsx";
import { useUploads } from "./use-uploads.ts";

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
  const draftKey = `peer-server:draft:${conversationId}`;
  const [value, setValue] = useState(() => localStorage.getItem(draftKey) ?? "");
  const uploads = useUploads();
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (value === "") localStorage.removeItem(draftKey);
    else localStorage.setItem(draftKey, value);
    grow(ref.current);
  }, [value, draftKey, ref]);
  const canSend = (value.trim() !== "" || uploads.done.length > 0) && !uploads.isBusy;
  const send = (): void => {
    if (!canSend) return;
    const words: Part[] = value.trim() === "" ? [] : [{ type: "text", text: value.trim() }];
    session.send(
      conversationId,
      uploads.done.length === 0 ? value.trim() : [...words, ...uploads.done],
    );
    setValue("");
    uploads.clear();
  };
  const stop = (): void =>
    void session.request({ type: "turn.stop", conversationId }).catch(() => undefined);
  const press = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) return; // Enter chooses a candidate of the input method
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && isRunning) {
      stop();
    } else if (event.key === "ArrowUp" && value === "" && lastSent !== "") {
      event.preventDefault();
      setValue(lastSent);
    }
  };
  const paste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    uploads.add(files);
  };
  return (
    <div
      className="composer"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        uploads.add([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      {actions.length > 0 && <ActionBar conversationId={conversationId} actions={actions} />}
      <FileChips uploads={uploads} />
      <div className="composer-box">
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
          aria-label={text("composer.label")}
          placeholder={text(isRunning ? "composer.placeholderQueue" : "composer.placeholder")}
          value={value}
          onInput={(event) => setValue(event.currentTarget.value)}
          onKeyDown={press}
          onPaste={paste}
        />
        {isRunning && (
          <IconButton icon={Square} kind="plain" label={text("composer.stop")} onClick={stop} />
        )}
        <IconButton
          icon={SendHorizontal}
          kind="primary"
          label={text(isRunning ? "composer.queue" : "composer.send")}
          state={canSend ? "ready" : "inert"}
          onClick={send}
        />
      </div>
    </div>
  );
}

function grow(area: HTMLTextAreaElement | null): void {
  if (area === null) return;
  area.style.blockSize = "auto"; // through CSSOM, which the policy allows
  area.style.blockSize = `${Math.min(area.scrollHeight, 200)}px`;
}
