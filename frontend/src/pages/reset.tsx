/** A forgotten password: ask for the mail, and, coming from its link, choose a new one. */
import { type FormEvent, useCallback, useState } from "react";
import { Outcome } from "../components/outcome";
import { PasswordField } from "../components/password-field";
import { EmailField } from "../components/text-field";
import { useAction, useLoaded } from "../hooks/action";
import { useLinkToken } from "../hooks/link-token";
import { useTitle } from "../hooks/page";
import type { Api } from "../protocol/api";
import { Link } from "../router";

export function ResetPage({ api }: { api: Api }) {
  useTitle("New password · Harmonie");
  const { token, turn } = useLinkToken();
  const load = useCallback(() => api.accounts.options(), [api]);
  const options = useLoaded(load).value;
  if (token !== "") return <ChooseForm key={turn} api={api} token={token} />;
  if (options?.mail === false) {
    return (
      <section className="door" data-testid="mail-off">
        <h1>Forgotten your password?</h1>
        <p className="door-sub">
          This server sends no mail, so it cannot help you by itself. Ask the people who run it to set a new password for you. If
          you have linked a wallet, you can still <Link href="/signin">sign in with it</Link>.
        </p>
      </section>
    );
  }
  return <AskForm api={api} />;
}

function AskForm({ api }: { api: Api }) {
  const [email, setEmail] = useState("");
  const asking = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void asking.run(async () => {
      await api.accounts.askPasswordReset(email.trim());
      return "If this address has an account, a mail with a link is on its way. The link works once, for one hour.";
    });
  };
  return (
    <section className="door">
      <h1>Forgotten your password?</h1>
      <p className="door-sub">Tell us your address, and we send you a link to choose a new one.</p>
      <form className="form" aria-label="Forgotten password" onSubmit={submit}>
        <EmailField value={email} onChange={setEmail} autoFocus />
        <Outcome action={asking} />
        <button type="submit" className="button button-primary" aria-disabled={asking.busy}>
          Send me a link
        </button>
      </form>
    </section>
  );
}

function ChooseForm({ api, token }: { api: Api; token: string }) {
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(false);
  const choosing = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void choosing.run(async () => {
      await api.accounts.resetPassword(token, password);
      setDone(true);
    });
  };
  if (done) {
    return (
      <section className="door" role="status">
        <h1>Your password is changed.</h1>
        <p className="door-sub">You are signed out everywhere. Sign in with the new password.</p>
        <p>
          <Link className="button button-primary" href="/signin">
            Sign in
          </Link>
        </p>
      </section>
    );
  }
  return (
    <section className="door">
      <h1>Choose a new password</h1>
      <form className="form" aria-label="Choose a new password" onSubmit={submit}>
        <PasswordField label="New password" value={password} onChange={setPassword} newFor="" autoFocus />
        <Outcome action={choosing} />
        <button type="submit" className="button button-primary" aria-disabled={choosing.busy}>
          Change the password
        </button>
      </form>
    </section>
  );
}
