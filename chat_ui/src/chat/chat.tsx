/** The chat, whole: finds out who is here, then shows the way in or the conversations. */
import { useEffect, useMemo, useState, type JSX } from "react";
import { Api, ApiProblem } from "~/core/api.ts";
import type { ClientToolHandler } from "~/core/client-tools.ts";
import { Session } from "~/core/session.ts";
import { I18nProvider, languageOf, useI18n } from "~/ui/i18n.tsx";
import { ToastProvider } from "~/ui/toast.tsx";
import type { Actor } from "~/protocol/wire.gen.ts";
import { type ChatClient, ClientProvider, useStore } from "./client.tsx";
import { askingTools, browserTools } from "./browser-tools.ts";
import { type Arrival, arrivalOf } from "./arrival.ts";
import { Home, SignIn } from "./lazy.tsx";

/** How the chat is placed: a page of its own, or an element inside another page. */
export interface ChatProps {
  readonly locale: string;
  /** "" is the page's own origin. */
  readonly server: string;
  readonly token?: string;
  /** Only this Peer, without the list of conversations. */
  readonly peerId?: string;
  readonly clientTools?: Readonly<Record<string, ClientToolHandler>>;
}

/** Everything inside the element. */
export function Chat(props: ChatProps): JSX.Element {
  return (
    <I18nProvider locale={props.locale}>
      <ToastProvider>
        <main className="root chat-root" lang={languageOf(props.locale)}>
          <Gate {...props} />
        </main>
      </ToastProvider>
    </I18nProvider>
  );
}

type Entry =
  | { state: "looking" }
  | { state: "out"; problem?: unknown; arrival?: Arrival }
  | { state: "in"; me: Actor };

function Gate(props: ChatProps): JSX.Element | null {
  const { server, token } = props;
  const api = useMemo(() => new Api(server, token), [server, token]);
  const { isReady } = useI18n();
  const [entry, setEntry] = useState<Entry>({ state: "looking" });
  useEffect(() => {
    enter(api).then(setEntry, (error: unknown) => {
      const isStranger = error instanceof ApiProblem && error.status === 401;
      setEntry(isStranger ? { state: "out" } : { state: "out", problem: error });
    });
  }, [api]);
  if (entry.state === "looking" || !isReady) return null;
  if (entry.state === "out") {
    return (
      <SignIn
        api={api}
        problem={entry.problem}
        arrival={entry.arrival}
        onSignedIn={(me) => setEntry({ state: "in", me })}
      />
    );
  }
  return (
    <SignedIn
      api={api}
      me={entry.me}
      props={props}
      onSignedOut={() => setEntry({ state: "out" })}
    />
  );
}

/** By the session that there is, or by what a link brings along: that is taken out of the address at once. */
async function enter(api: Api): Promise<Entry> {
  const arrival = arrivalOf(location.hash);
  if (arrival === undefined) return { state: "in", me: await api.me() };
  history.replaceState(null, "", location.pathname);
  if (arrival.kind === "sign-in") return { state: "in", me: await api.signIn(arrival.code) };
  if (arrival.kind !== "visit") return { state: "out", arrival };
  // Whoever is signed in stays who they are.
  return { state: "in", me: await api.me().catch(() => api.visit(arrival.code)) };
}

function SignedIn({
  api,
  me,
  props,
  onSignedOut,
}: {
  readonly api: Api;
  readonly me: Actor;
  readonly props: ChatProps;
  readonly onSignedOut: () => void;
}): JSX.Element {
  const client = useMemo<ChatClient>(() => {
    const session = new Session({
      url: socketUrl(props.server),
      credentials: () => api.socketCredentials(),
      locale: props.locale,
      timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
      shelf: localStorage,
      clientToolHandlers: { ...browserTools, ...props.clientTools },
      asksFirst: askingTools,
    });
    return { api, session, me };
  }, [api, me, props.server, props.locale, props.clientTools]);
  const connection = useStore(client.session.connection);
  useEffect(() => {
    client.session.connect();
    return () => client.session.close();
  }, [client]);
  useEffect(() => {
    if (connection.state === "signedOut") onSignedOut();
  }, [connection, onSignedOut]);
  return (
    <ClientProvider value={client}>
      <Home
        onSignedOut={onSignedOut}
        {...(props.peerId === undefined ? {} : { peerId: props.peerId })}
      />
    </ClientProvider>
  );
}

function socketUrl(server: string): string {
  return new URL("/v1/ws", server || location.href).href.replace(/^http/, "ws");
}
