/** Files on their way to the server, and those that are there and wait to be sent with a message. */
import { useState } from "react";
import type { FilePart } from "~/protocol/wire.gen.ts";
import { useProblemText } from "~/ui/problem-text.ts";
import { useClient } from "./client.tsx";

/** One file: on its way, there, or refused. */
export interface Upload {
  key: string;
  file: File;
  name: string;
  share: number;
  part?: FilePart;
  error?: string;
  cancel(): void;
}

/** The files of a message that is being written. */
export interface Uploads {
  all: readonly Upload[];
  done: readonly FilePart[];
  isBusy: boolean;
  add(files: readonly File[]): void;
  retry(key: string): void;
  remove(key: string): void;
  clear(): void;
}

/** Starts empty. */
export function useUploads(): Uploads {
  const { api } = useClient();
  const told = useProblemText();
  const [all, setAll] = useState<readonly Upload[]>([]);
  const change = (key: string, update: Partial<Upload>): void =>
    setAll((uploads) =>
      uploads.map((upload) => (upload.key === key ? { ...upload, ...update } : upload)),
    );
  const start = (file: File, key: string = crypto.randomUUID()): Upload => {
    const controller = new AbortController();
    api
      .upload(file, { onProgress: (share) => change(key, { share }), signal: controller.signal })
      .then(
        (part) => change(key, { part, share: 1 }),
        (error: unknown) => change(key, { error: told(error) }),
      );
    return { key, file, name: file.name, share: 0, cancel: () => controller.abort() };
  };
  return {
    all,
    done: all.flatMap((upload) => upload.part ?? []),
    isBusy: all.some((upload) => upload.part === undefined && upload.error === undefined),
    add: (files) => setAll((uploads) => [...uploads, ...files.map((file) => start(file))]),
    retry: (key) =>
      setAll((uploads) =>
        uploads.map((upload) => (upload.key === key ? start(upload.file, key) : upload)),
      ),
    remove: (key) =>
      setAll((uploads) => {
        uploads.find((upload) => upload.key === key)?.cancel();
        return uploads.filter((upload) => upload.key !== key);
      }),
    clear: () => setAll([]),
  };
}
