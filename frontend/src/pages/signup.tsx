/** Making an account: name, e-mail address, password. */
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { MailAgain } from "../components/account/mail-again";
import { Outcome } from "../components/outcome";
import { PasswordField } from "../components/password-field";
import { EmailField, TextField } from "../components/text-field";
import { NAME_MAX } from "../core/account-words";
import { nextPath } from "../core/session";
import { useAction, useLoaded } from "../hooks/action";
import { useTitle } from "../hooks/page";
import { useSession, useSessionView } from "../hooks/session";
import type { Api } from "../protocol/api";
import { ProblemError } from "../protocol/problem";
import { Link, replace } from "../router";

export function SignUpPage({ api }: { api: Api }) {
  useTitle("Make an account · Harmonie");
  const view = useSessionView();
  const [waiting, setWaiting] = useState<string | null>(null);
  const load = useCallback(() => api.accounts.options(), [api]);
  const options = useLoaded(load).value;
  useEffect(() => {
    if (view.state === "in") replace(nextPath(location.search));
  }, [view]);

  if (waiting !== null) return <LookIntoMail api={api} email={waiting} />;
  if (options?.registration === false) {
    return (
      <section className="door">
        <h1>No new accounts</h1>
        <p className="door-sub">The people who run this server add accounts themselves. Ask them for one.</p>
        <p>
          <Link href="/signin">Sign in</Link>
        </p>
      </section>
    );
  }
  return (
    <section className="door">
      <h1>Make an account</h1>
      <p className="door-sub">Follow artists, and take the stage with a channel of your own.</p>
      <RegistrationForm api={api} onWaiting={setWaiting} />
      <p className="door-other">
        Have one already? <Link href={`/signin${location.search}`}>Sign in</Link>
        {options?.wallet === true && ". With a wallet you sign in right away; the account is made for you."}
      </p>
    </section>
  );
}

function RegistrationForm({ api, onWaiting }: { api: Api; onWaiting: (email: string) => void }) {
  const session = useSession();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const registering = useAction();
  const register = async () => {
    const address = email.trim();
    if (await api.accounts.register(address, password, name.trim())) {
      onWaiting(address);
      return;
    }
    try {
      const answer = await api.accounts.signIn(address, password);
      if (answer.status === "signed_in") session.adopt(answer.session);
      else replace(`/signin${location.search}`);
    } catch (error) {
      // Registering answers alike whether or not the address was free.
      if (!(error instanceof ProblemError) || error.kind !== "credentials-rejected") throw error;
      throw new Error("This address may have an account already. Sign in with its password instead.", { cause: error });
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void registering.run(register);
  };
  return (
    <form className="form" aria-label="Make an account" onSubmit={submit}>
      <TextField label="Name" value={name} onChange={setName} required maxLength={NAME_MAX} autoComplete="nickname" autoFocus hint="What others read." />
      <EmailField value={email} onChange={setEmail} />
      <PasswordField label="Password" value={password} onChange={setPassword} newFor={email} />
      <Outcome action={registering} />
      <button type="submit" className="button button-primary" aria-disabled={registering.busy}>
        {registering.busy ? "Making your account…" : "Make my account"}
      </button>
    </form>
  );
}

function LookIntoMail({ api, email }: { api: Api; email: string }) {
  return (
    <section className="door" data-testid="look-into-mail">
      <h1>Look into your mail</h1>
      <p className="door-sub">
        A mail is on its way to <strong>{email}</strong>. Open the link in it to confirm the address; then you can sign in.
      </p>
      <MailAgain api={api} email={email} />
      <p>
        <Link href="/signin">Sign in</Link>
      </p>
    </section>
  );
}
