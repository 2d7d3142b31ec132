/** Keeps a half-typed form on the server: one save at a time, and nothing that a person typed is lost to another device. */
import type { DraftState } from "~/protocol/wire.gen.ts";
import { type JsonObject, valueAt, withValue } from "./differences.ts";

/** `unsaved`: on its way soon. `failed`: the server refused; it is only in this tab. */
export type DraftStatus = "none" | "unsaved" | "saved" | "failed";

/** The outside world of a keeper. */
export interface DraftWorld {
  /** Resolves with the new revision; rejects with `code: "stale_draft"` if another device was faster. */
  save(values: JsonObject, rev: number, page: number): Promise<number>;
  /** The values are now these: somebody else typed too. */
  onMerge(values: JsonObject, page: number | undefined): void;
  onStatus(status: DraftStatus): void;
}

const PAUSE_MS = 600;
const RETRY_MS = 3000;
const ATTEMPTS = 3;

/** Fields that were touched here since the last save win over what another device saved; all others take its values. */
export class DraftKeeper {
  private touched = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isSaving = false;
  private isClosed = false;

  private values: JsonObject;
  private rev: number;
  private page: number;

  constructor(
    private readonly world: DraftWorld,
    { values, rev, page }: { values: JsonObject; rev: number; page: number },
  ) {
    this.values = values;
    this.rev = rev;
    this.page = page;
  }

  /** The person changed these places, or turned the page. */
  change(values: JsonObject, pointers: readonly string[], page: number): void {
    this.values = values;
    this.page = page;
    for (const pointer of pointers) this.touched.add(pointer);
    this.world.onStatus("unsaved");
    this.schedule(PAUSE_MS);
  }

  /** A draft as the server tells of it: after opening, or saved by another device. */
  receive(draft: DraftState): void {
    if (draft.rev > this.rev) this.take(draft);
  }

  /** Saves at once what would be saved soon. */
  flushNow(): void {
    if (this.timer !== undefined) void this.flush(ATTEMPTS);
  }

  /** Saves what is left, and never again by itself. */
  close(): void {
    this.flushNow();
    this.isClosed = true;
  }

  private async flush(attempt = 1): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.isSaving) return this.schedule(PAUSE_MS);
    this.isSaving = true;
    const sent = new Set(this.touched);
    const { values, page } = this;
    try {
      const rev = await this.world.save(values, this.rev, page);
      this.rev = Math.max(this.rev, rev);
      this.touched = without(this.touched, sent, values, this.values);
      this.isSaving = false;
      if (this.timer === undefined) this.world.onStatus("saved");
    } catch (error) {
      this.isSaving = false;
      await this.afterFailure(error, attempt);
    }
  }

  private async afterFailure(error: unknown, attempt: number): Promise<void> {
    const { code, details } = error as { code?: unknown; details?: unknown };
    if (code === "stale_draft" && attempt < ATTEMPTS) {
      this.take(details as Partial<DraftState>);
      return this.flush(attempt + 1);
    }
    if (typeof code === "string") return this.world.onStatus("failed");
    this.world.onStatus("unsaved"); // the way is cut: it comes back by itself
    this.schedule(RETRY_MS);
  }

  /** Goes on from the server's draft, or from none if it has none; what was touched here stays. */
  private take({ rev = 0, values, page }: Partial<DraftState>): void {
    this.rev = rev;
    if (values === undefined) return;
    let merged: JsonObject = values;
    for (const pointer of this.touched)
      merged = withValue(merged, pointer, valueAt(this.values, pointer));
    this.values = merged;
    this.world.onMerge(merged, page);
  }

  private schedule(afterMs: number): void {
    clearTimeout(this.timer);
    if (this.isClosed) return;
    this.timer = setTimeout(() => void this.flush(), afterMs);
  }
}

/** Places that were saved, except those that changed while the save was on its way. */
function without(
  touched: ReadonlySet<string>,
  sent: ReadonlySet<string>,
  saved: JsonObject,
  now: JsonObject,
): Set<string> {
  const isSaved = (pointer: string): boolean =>
    sent.has(pointer) &&
    JSON.stringify(valueAt(saved, pointer)) === JSON.stringify(valueAt(now, pointer));
  return new Set([...touched].filter((pointer) => !isSaved(pointer)));
}
