/** What links that were sent to somebody ask for: a name and a password to join, or a new password. */
import { useEffect, useState, type FormEvent, type JSX } from "react";
import { ApiProblem } from "~/core/api.ts";
import { accept, lookAtInvitation, renewPassword, type Welcome } from "~/core/ways-in.ts";
import { Button } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { problemText } from "~/ui/problem-text.ts";
import type { EntryProps } from "./sign-in.tsx";
import { useSignInText } from "./sign-in-words.ts";
import { TextField } from "./text-field.tsx";
import { useEntry } from "./use-entry.ts";

type LinkProps = EntryProps & { readonly code: string };

/** Joins a workspace. */
export function AcceptInvitation({ api, code, onSignedIn }: LinkProps): JSX.Element | null {
  const text = useSignInText();
  const [welcome, setWelcome] = useState<Welcome>();
  const shared = useText();
  const [problem, setProblem] = useState<unknown>();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const attempt = useEntry(onSignedIn, text("signIn.linkOver"));
  useEffect(() => {
    lookAtInvitation(api, code).then(setWelcome, setProblem);
  }, [api, code]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void attempt.run(() => accept(api, code, name.trim(), password));
  };
  if (problem !== undefined) {
    const isGone = problem instanceof ApiProblem && problem.status < 500 && problem.status > 0;
    const words = isGone ? text("signIn.linkOver") : problemText(problem, shared);
    return <p className="sign-in">{words}</p>;
  }
  if (welcome === undefined) return null;
  return (
    <form className="sign-in" onSubmit={submit}>
      <h1 className="sign-in-title">
        {text("invitation.title", { workspace: welcome.workspace })}
      </h1>
      <p className="muted">
        {text("invitation.how", { name: welcome.invitedBy, email: welcome.email })}
      </p>
      <input type="email" autoComplete="username" value={welcome.email} readOnly hidden />
      <TextField
        label={text("invitation.name")}
        autoComplete="name"
        value={name}
        onInput={setName}
      />
      <Choice error={attempt.error} value={password} onInput={setPassword} />
      <Button type="submit" kind="primary" state={attempt.isBusy ? "busy" : "ready"}>
        {text("invitation.submit")}
      </Button>
    </form>
  );
}

/** Sets a new password. */
export function NewPassword({ api, code, onSignedIn }: LinkProps): JSX.Element {
  const text = useSignInText();
  const [password, setPassword] = useState("");
  const attempt = useEntry(onSignedIn, text("signIn.linkOver"));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void attempt.run(() => renewPassword(api, code, password));
  };
  return (
    <form className="sign-in" onSubmit={submit}>
      <h1 className="sign-in-title">{text("newPassword.title")}</h1>
      <Choice error={attempt.error} value={password} onInput={setPassword} />
      <Button type="submit" kind="primary" state={attempt.isBusy ? "busy" : "ready"}>
        {text("newPassword.submit")}
      </Button>
    </form>
  );
}

function Choice(props: {
  readonly error: string | undefined;
  readonly value: string;
  readonly onInput: (value: string) => void;
}): JSX.Element {
  const text = useSignInText();
  return (
    <TextField
      {...props}
      label={text("signIn.password")}
      help={text("newPassword.help")}
      type="password"
      autoComplete="new-password"
    />
  );
}
