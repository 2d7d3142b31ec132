/** Draws parts of the chat as somebody who is signed in: a session on the bench, and an API made of functions. */
import { render } from "@testing-library/preact";
import type { JSX, ReactNode } from "react";
import { ClientProvider } from "~/chat/client.tsx";
import type { Api } from "~/core/api.ts";
import { ToastProvider } from "~/ui/toast.tsx";
import { Bench } from "./session-bench.ts";

/** What a test can reach. */
export interface ChatFrame {
  readonly bench: Bench;
  readonly container: Element;
  /** Draws something else in the same place. */
  readonly redraw: (part: JSX.Element) => void;
}

/** Draws `part` over a live session; `api` holds what it calls of the REST side. */
export async function drawInChat(part: JSX.Element, api: Partial<Api> = {}): Promise<ChatFrame> {
  const bench = new Bench();
  await bench.goLive();
  const { container, rerender } = render(frame(bench, api, part) as never); // React's types, Preact's renderer
  return { bench, container, redraw: (next) => rerender(frame(bench, api, next) as never) };
}

function frame(bench: Bench, api: Partial<Api>, part: ReactNode): JSX.Element {
  const me = { kind: "user" as const, id: "u", name: "Grace" };
  return (
    <ToastProvider>
      <ClientProvider value={{ api: api as Api, session: bench.session, me }}>
        {part}
      </ClientProvider>
    </ToastProvider>
  );
}
