/** The way in: address and password, an identity provider, or the code of a one-time link; and what links ask for. */
import { useEffect, useState, type FormEvent, type JSX } from "react";
import type { Api } from "~/core/api.ts";
import { askReset, providerUrl, signInByPassword, waysIn, type WaysIn } from "~/core/ways-in.ts";
import type { Actor } from "~/protocol/wire.gen.ts";
import { Button } from "~/ui/button.tsx";
import { useStyles } from "~/ui/styles.tsx";
import type { Arrival } from "./arrival.ts";
import { AcceptInvitation, NewPassword } from "./sign-in-links.tsx";
import { useSignInText } from "./sign-in-words.ts";
import { TextField } from "./text-field.tsx";
import { useEntry } from "./use-entry.ts";
import welcome from "./welcome.css?inline";

/** What every form here needs. */
export interface EntryProps {
  readonly api: Api;
  readonly problem?: string | undefined;
  readonly onSignedIn: (me: Actor) => void;
}

/** Lets somebody in; what a link brought along decides what is asked. */
export function SignIn({
  arrival,
  ...props
}: EntryProps & { readonly arrival?: Arrival | undefined }): JSX.Element {
  const text = useSignInText();
  useStyles(welcome);
  const [byCode, setByCode] = useState(false);
  if (arrival?.kind === "invitation") return <AcceptInvitation {...props} code={arrival.code} />;
  if (arrival?.kind === "password") return <NewPassword {...props} code={arrival.code} />;
  const isFailed = arrival?.kind === "sign-in-failed";
  const problem = isFailed ? text("signIn.failed", { code: arrival.code }) : props.problem;
  const Form = byCode ? ByCode : ByPassword;
  return (
    <div className="sign-in">
      <h1 className="sign-in-title">{text("signIn.title")}</h1>
      <Form {...props} problem={problem} />
      <Button kind="quiet" size="small" onClick={() => setByCode(!byCode)}>
        {text(byCode ? "signIn.usePassword" : "signIn.useCode")}
      </Button>
    </div>
  );
}

function ByPassword({ api, problem, onSignedIn }: EntryProps): JSX.Element {
  const text = useSignInText();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [ways, setWays] = useState<WaysIn>();
  const attempt = useEntry(onSignedIn, problem);
  useEffect(() => void waysIn(api).then(setWays, () => undefined), [api]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void attempt.run(() => signInByPassword(api, email.trim(), password));
  };
  return (
    <>
      <form className="sign-in-form" onSubmit={submit}>
        <TextField
          label={text("signIn.email")}
          type="email"
          autoComplete="username"
          value={email}
          onInput={setEmail}
        />
        <TextField
          label={text("signIn.password")}
          type="password"
          autoComplete="current-password"
          error={attempt.error}
          value={password}
          onInput={setPassword}
        />
        <Button type="submit" kind="primary" state={attempt.isBusy ? "busy" : "ready"}>
          {text("signIn.submit")}
        </Button>
      </form>
      {ways?.singleSignOn && (
        <a className="button sign-in-provider" href={providerUrl(api)}>
          {ways.singleSignOn}
        </a>
      )}
      {ways && <Forgotten api={api} email={email.trim()} hasMail={ways.mail} />}
    </>
  );
}

function Forgotten({
  api,
  email,
  hasMail,
}: {
  readonly api: Api;
  readonly email: string;
  readonly hasMail: boolean;
}): JSX.Element {
  const text = useSignInText();
  const [isAsked, setAsked] = useState(false);
  const ask = (): void => {
    if (hasMail && email !== "") void askReset(api, email).catch(() => undefined);
    setAsked(true);
  };
  if (isAsked) {
    const isSent = hasMail && email !== "";
    const words = isSent ? "signIn.resetSent" : hasMail ? "signIn.needsEmail" : "signIn.askAdmin";
    return (
      <p className="muted" role="status">
        {text(words)}
      </p>
    );
  }
  return (
    <Button kind="quiet" size="small" onClick={ask}>
      {text("signIn.forgot")}
    </Button>
  );
}

function ByCode({ api, problem, onSignedIn }: EntryProps): JSX.Element {
  const text = useSignInText();
  const [code, setCode] = useState("");
  const attempt = useEntry(onSignedIn, problem);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void attempt.run(() => api.signIn(code.trim().replace(/^.*sign-in[=/]/, "")));
  };
  return (
    <form className="sign-in-form" onSubmit={submit}>
      <p className="muted">{text("signIn.how")}</p>
      <code className="sign-in-command">peer-server user link</code>
      <TextField
        label={text("signIn.code")}
        type="password"
        autoComplete="one-time-code"
        error={attempt.error}
        value={code}
        onInput={setCode}
      />
      <Button type="submit" kind="primary" state={attempt.isBusy ? "busy" : "ready"}>
        {text("signIn.submit")}
      </Button>
    </form>
  );
}
