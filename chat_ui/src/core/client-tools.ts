/** Client tools of this page: claims the lease of a call, executes it once, and hands the result in. */
import type { Ack } from "~/protocol/wire.gen.ts";
import type { Request } from "./session.ts";
import type { Interrupt } from "./view.ts";

/** A tool that this page executes when a flow asks for it. */
export type ClientToolHandler = (parameters: unknown) => Promise<unknown>;

/** A tool runs by itself, only when the person agrees, or not on this page. */
export type ToolOffer = "automatic" | "asks" | "none";

type ToolResult = { success: boolean; output?: unknown; error?: unknown };

/** One per session. */
export class ClientTools {
  private readonly running = new Set<string>();
  /** Results that could not be handed in yet: the tool is not executed a second time for them. */
  private readonly results = new Map<string, ToolResult>();

  constructor(
    private readonly handlers: Readonly<Record<string, ClientToolHandler>>,
    private readonly asksFirst: ReadonlySet<string>,
    private readonly request: (request: Request) => Promise<Ack>,
  ) {}

  /** What the server is told in `hello`. */
  get names(): string[] {
    return Object.keys(this.handlers);
  }

  /** How this page stands to a tool. */
  offer(toolName: string): ToolOffer {
    if (!Object.hasOwn(this.handlers, toolName)) return "none";
    return this.asksFirst.has(toolName) ? "asks" : "automatic";
  }

  /** A call is free to be claimed: takes it unless the person has to agree first. */
  async offered(interrupt: Interrupt): Promise<void> {
    const mayRun = this.offer(toolOf(interrupt)) === "automatic";
    if (mayRun || this.results.has(interrupt.interruptId)) await this.run(interrupt);
  }

  /** Executes a call here. Does nothing if this page lacks the tool or another tab has the lease. */
  run(interrupt: Interrupt): Promise<void> {
    const handler = this.handlers[toolOf(interrupt)];
    if (handler === undefined) return Promise.resolve();
    const { parameters } = interrupt.payload as { parameters?: unknown };
    return this.answer(interrupt, () =>
      handler(parameters).then(
        (output) => ({ success: true, output: output ?? null }),
        (error: unknown) => ({
          success: false,
          error: String(error instanceof Error ? error.message : error),
        }),
      ),
    );
  }

  /** Answers that the person does not want it. */
  decline(interrupt: Interrupt): Promise<void> {
    const error = { code: "declined", message: "the person declined" };
    return this.answer(interrupt, () => Promise.resolve({ success: false, error }));
  }

  private async answer(interrupt: Interrupt, execute: () => Promise<ToolResult>): Promise<void> {
    const { interruptId, status } = interrupt;
    if (status !== "open" || this.running.has(interruptId)) return;
    this.running.add(interruptId);
    try {
      const { lease } = await this.request({ type: "clientTool.claim", interruptId });
      if (lease === undefined) return;
      const result = this.results.get(interruptId) ?? (await execute());
      this.results.set(interruptId, result);
      const toolResult = { executionId: interruptId, ...result } as never; // what a tool answers is JSON by contract
      await this.request({ type: "clientTool.result", interruptId, lease, toolResult });
      this.results.delete(interruptId);
    } catch {
      // Another tab has it, it is settled by now, or the way is cut: then it is offered again.
    } finally {
      this.running.delete(interruptId);
    }
  }
}

function toolOf(interrupt: Interrupt): string {
  const { toolName } = interrupt.payload;
  return typeof toolName === "string" ? toolName : "";
}
