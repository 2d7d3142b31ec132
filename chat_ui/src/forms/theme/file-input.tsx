/** A file field: uploads at once, shows how far it is, can be cancelled; its value is the id of the stored file. */
import type { WidgetProps } from "@rjsf/utils";
import { useEffect, useRef, useState, type JSX } from "react";
import { Button, IconButton } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { useText } from "~/ui/i18n.tsx";
import { File as FileIcon, X } from "~/ui/icons.ts";
import { problemText } from "~/ui/problem-text.ts";
import { contextOf, described, type FormContext } from "../form-context.ts";

type Upload = { name: string; share: number; stop: AbortController } | { error: string };

/** Names of files by id: the value itself is only the id. */
const names = new Map<string, string>();

/** The name of a stored file: known from its upload on this page, else asked for. */
function useNameOf(fileId: unknown, fileOf: FormContext["fileOf"]): string | undefined {
  const [, setAsked] = useState("");
  const known = typeof fileId === "string" ? names.get(fileId) : undefined;
  useEffect(() => {
    if (typeof fileId !== "string" || fileId === "" || known !== undefined) return;
    void fileOf?.(fileId).then(
      ({ name }) => {
        names.set(fileId, name);
        setAsked(fileId);
      },
      () => undefined, // it stays an attached file
    );
  }, [fileId, fileOf, known]);
  return known;
}

/** One file. */
export function FileInput(props: WidgetProps): JSX.Element {
  const { id, value, options, disabled, readonly, onChange, onBlur } = props;
  const { upload, fileOf, onBusy } = contextOf(props);
  const name = useNameOf(value, fileOf);
  const text = useText();
  const [state, setState] = useState<Upload | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const isBusy = state !== null && "stop" in state;
  useEffect(() => onBusy(id, isBusy), [onBusy, id, isBusy]);
  useEffect(() => () => onBusy(id, false), [onBusy, id]);

  const start = async (file: File): Promise<void> => {
    if (upload === undefined) return;
    const stop = new AbortController();
    setState({ name: file.name, share: 0, stop });
    const progress = (share: number): void =>
      setState((now) => (now !== null && "stop" in now ? { ...now, share } : now));
    try {
      const part = await upload(file, progress, stop.signal);
      names.set(part.fileId, part.name ?? file.name);
      setState(null);
      onChange(part.fileId);
    } catch (error) {
      const said = problemText(error, text);
      setState(
        stop.signal.aborted
          ? null
          : { error: text("form.uploadFailed", { name: file.name, reason: said }) },
      );
    }
    onBlur(id, undefined);
  };
  if (isBusy) return <Progress {...state} onCancel={() => state.stop.abort()} />;
  if (typeof value === "string" && value !== "") {
    return (
      <div className="file-row" id={id} tabIndex={-1}>
        <Icon of={FileIcon} />
        <span className="file-name">{name ?? text("form.attached")}</span>
        <Button
          size="small"
          state={disabled ? "inert" : "ready"}
          onClick={() => onChange(undefined)}
        >
          {text("form.removeFile")}
        </Button>
      </div>
    );
  }
  return (
    <>
      <input
        {...described(props)}
        ref={input}
        className="input file-input"
        type="file"
        accept={typeof options["accept"] === "string" ? options["accept"] : undefined}
        disabled={disabled || readonly || upload === undefined}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file !== undefined) void start(file);
        }}
      />
      {state !== null && "error" in state && (
        <div className="field-error" role="alert">
          {state.error}
        </div>
      )}
    </>
  );
}

function Progress({
  name,
  share,
  onCancel,
}: {
  readonly name: string;
  readonly share: number;
  readonly onCancel: () => void;
}): JSX.Element {
  const text = useText();
  return (
    <div className="file-row">
      <Icon of={FileIcon} />
      <span className="file-name">{name}</span>
      <progress value={share} max={1} aria-label={text("form.uploading", { name })} />
      <IconButton icon={X} label={text("form.cancelUpload", { name })} onClick={onCancel} />
    </div>
  );
}
