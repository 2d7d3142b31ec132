/** The forms of the sign-in screen: address and password, the code of a one-time link, the token of the owner. */
import { useState, type FormEvent, type JSX, type ReactNode } from "react";
import { askReset, signInByOwnerToken, signInByPassword } from "~/core/ways-in.ts";
import type { Api } from "~/core/api.ts";
import { Button } from "~/ui/button.tsx";
import type { EntryProps } from "./sign-in.tsx";
import { useSignInText } from "./sign-in-words.ts";
import { TextField } from "./text-field.tsx";
import { type Attempt, useEntry } from "./use-entry.ts";

/** For those who were invited. */
export function ByPassword({
  api,
  onSignedIn,
  hasMail,
}: EntryProps & { readonly hasMail: boolean }): JSX.Element {
  const text = useSignInText();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const attempt = useEntry(onSignedIn, text("signIn.wrongPassword"));
  return (
    <>
      <EntryForm
        attempt={attempt}
        onSubmit={() => attempt.run(() => signInByPassword(api, email.trim(), password))}
      >
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
      </EntryForm>
      <Forgotten api={api} email={email.trim()} hasMail={hasMail} />
    </>
  );
}

/** For the owner whose token the settings fix. */
export function ByOwnerToken({ api, onSignedIn }: EntryProps): JSX.Element {
  const text = useSignInText();
  const [token, setToken] = useState("");
  const attempt = useEntry(onSignedIn, text("signIn.wrongToken"));
  return (
    <EntryForm
      attempt={attempt}
      onSubmit={() => attempt.run(() => signInByOwnerToken(api, token.trim()))}
    >
      <TextField
        label={text("signIn.token")}
        help={text("signIn.tokenHelp")}
        type="password"
        autoComplete="current-password"
        error={attempt.error}
        value={token}
        onInput={setToken}
      />
    </EntryForm>
  );
}

/** For whoever runs the server, or got a link from them. */
export function ByCode({ api, onSignedIn }: EntryProps): JSX.Element {
  const text = useSignInText();
  const [code, setCode] = useState("");
  const attempt = useEntry(onSignedIn, text("signIn.wrongCode"));
  return (
    <EntryForm
      attempt={attempt}
      onSubmit={() => attempt.run(() => api.signIn(code.trim().replace(/^.*sign-in[=/]/, "")))}
    >
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
    </EntryForm>
  );
}

function EntryForm({
  attempt,
  onSubmit,
  children,
}: {
  readonly attempt: Attempt;
  readonly onSubmit: () => Promise<void>;
  readonly children: ReactNode;
}): JSX.Element {
  const text = useSignInText();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void onSubmit();
  };
  return (
    <form className="sign-in-form" onSubmit={submit}>
      {children}
      <Button type="submit" kind="primary" state={attempt.isBusy ? "busy" : "ready"}>
        {text("signIn.submit")}
      </Button>
    </form>
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
    <div className="sign-in-others">
      <Button kind="quiet" size="small" onClick={ask}>
        {text("signIn.forgot")}
      </Button>
    </div>
  );
}
