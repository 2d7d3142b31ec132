/** The way in: what is possible here, and what links ask for. */
import { useEffect, useState, type JSX } from "react";
import type { Api } from "~/core/api.ts";
import { providerUrl, waysIn, type WaysIn } from "~/core/ways-in.ts";
import type { Actor } from "~/protocol/wire.gen.ts";
import { Banner } from "~/ui/banner.tsx";
import { Button } from "~/ui/button.tsx";
import { problemText } from "~/ui/problem-text.ts";
import { useI18n } from "~/ui/i18n.tsx";
import { useStyles } from "~/ui/styles.tsx";
import type { Arrival } from "./arrival.ts";
import { ByCode, ByOwnerToken, ByPassword } from "./sign-in-forms.tsx";
import { AcceptInvitation, NewPassword } from "./sign-in-links.tsx";
import { useFailureText, useSignInText } from "./sign-in-words.ts";
import welcome from "./welcome.css?inline";

/** What every form here needs. */
export interface EntryProps {
  readonly api: Api;
  readonly onSignedIn: (me: Actor) => void;
}

type Way = "password" | "ownerToken" | "code";

/** `problem` is why nobody is in; what a link brought along decides what is asked. */
export function SignIn({
  arrival,
  problem,
  ...props
}: EntryProps & {
  readonly problem?: unknown;
  readonly arrival?: Arrival | undefined;
}): JSX.Element {
  useStyles(welcome);
  const { text } = useI18n();
  const told = useFailureText();
  if (arrival?.kind === "invitation") return <AcceptInvitation {...props} code={arrival.code} />;
  if (arrival?.kind === "password") return <NewPassword {...props} code={arrival.code} />;
  const why =
    arrival?.kind === "sign-in-failed"
      ? told(arrival.code)
      : problem === undefined
        ? undefined
        : problemText(problem, text);
  return <Choice {...props} why={why} />;
}

/** A session for who opened the link is what most people have; here are the other ways, the likeliest first. */
function Choice({ why, ...props }: EntryProps & { readonly why: string | undefined }): JSX.Element {
  const text = useSignInText();
  const [ways, setWays] = useState<WaysIn | null>();
  const [chosen, setChosen] = useState<Way>();
  const { api } = props;
  useEffect(() => void waysIn(api).then(setWays, () => setWays(null)), [api]);
  return (
    <div className="sign-in">
      <h1 className="sign-in-title">{text("signIn.title")}</h1>
      {why !== undefined && (
        <Banner tone="bad" urgent>
          {why}
        </Banner>
      )}
      {ways !== undefined && <Ways {...props} ways={ways} chosen={chosen} onChoose={setChosen} />}
    </div>
  );
}

function Ways({
  ways,
  chosen,
  onChoose,
  ...props
}: EntryProps & {
  readonly ways: WaysIn | null;
  readonly chosen: Way | undefined;
  readonly onChoose: (way: Way) => void;
}): JSX.Element {
  const text = useSignInText();
  const possible = waysOf(ways);
  const way = chosen ?? possible[0];
  return (
    <>
      {ways?.singleSignOn && (
        <a className="button sign-in-provider" href={providerUrl(props.api)}>
          {ways.singleSignOn}
        </a>
      )}
      {way === "password" && <ByPassword {...props} hasMail={ways?.mail ?? false} />}
      {way === "ownerToken" && <ByOwnerToken {...props} />}
      {way === "code" && <ByCode {...props} />}
      <div className="sign-in-others">
        {possible
          .filter((other) => other !== way)
          .map((other) => (
            <Button key={other} kind="quiet" size="small" onClick={() => onChoose(other)}>
              {text(`signIn.use.${other}`)}
            </Button>
          ))}
      </div>
    </>
  );
}

/** A link always works: whoever runs the server prints one. Without an answer of the server nothing else is promised. */
function waysOf(ways: WaysIn | null): readonly [Way, ...Way[]] {
  const others: Way[] = [];
  if (ways?.password) others.push("password");
  if (ways?.ownerToken) others.push("ownerToken");
  const [first, ...rest] = others;
  return first === undefined ? ["code"] : [first, ...rest, "code"];
}
