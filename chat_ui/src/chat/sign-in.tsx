/** The way in: a one-time link, or its code typed by hand. */
import { useState, type FormEvent, type JSX } from "react";
import type { Api } from "~/core/api.ts";
import type { Actor } from "~/protocol/wire.gen.ts";
import { Button } from "~/ui/button.tsx";
import { Field } from "~/ui/field.tsx";
import { useText } from "~/ui/i18n.tsx";
import { useStyles } from "~/ui/styles.tsx";
import welcome from "./welcome.css?inline";

/** Asks for the code of a sign-in link. */
export function SignIn({
  api,
  problem,
  onSignedIn,
}: {
  readonly api: Api;
  readonly problem?: string | undefined;
  readonly onSignedIn: (me: Actor) => void;
}): JSX.Element {
  const text = useText();
  useStyles(welcome);
  const [code, setCode] = useState("");
  const [error, setError] = useState(problem);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      onSignedIn(await api.signIn(code.trim().replace(/^.*sign-in[=/]/, "")));
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : String(refusal));
      setBusy(false);
    }
  };
  return (
    <form className="sign-in" onSubmit={(event) => void submit(event)}>
      <h1 className="sign-in-title">{text("signIn.title")}</h1>
      <p className="muted">{text("signIn.how")}</p>
      <code className="sign-in-command">peer-server user link</code>
      <Field label={text("signIn.code")} error={error} required>
        {(control) => (
          <input
            {...control}
            type="password"
            autoComplete="one-time-code"
            value={code}
            onInput={(event) => setCode(event.currentTarget.value)}
          />
        )}
      </Field>
      <Button type="submit" kind="primary" state={isBusy ? "busy" : "ready"}>
        {text("signIn.submit")}
      </Button>
    </form>
  );
}
