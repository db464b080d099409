/** Signing in: e-mail and password or a wallet, then the second factor when there is one. */
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { CodeForm } from "../components/account/code-form";
import { MailAgain } from "../components/account/mail-again";
import { WalletButtons } from "../components/account/wallet-buttons";
import { Outcome } from "../components/outcome";
import { PasswordField } from "../components/password-field";
import { EmailField } from "../components/text-field";
import { nextPath } from "../core/session";
import { useAction, useLoaded } from "../hooks/action";
import { useTitle } from "../hooks/page";
import { useSession, useSessionView } from "../hooks/session";
import type { SecondFactorProof, SignInAnswer } from "../protocol/account-types";
import type { Api } from "../protocol/api";
import { ProblemError } from "../protocol/problem";
import { Link, replace } from "../router";

export function SignInPage({ api }: { api: Api }) {
  useTitle("Sign in · Harmonie");
  const session = useSession();
  const view = useSessionView();
  const [ticket, setTicket] = useState<string | null>(null);
  const [late, setLate] = useState(false);
  const load = useCallback(() => api.accounts.options(), [api]);
  const options = useLoaded(load).value;
  useEffect(() => {
    if (view.state === "in") replace(nextPath(location.search));
  }, [view]);

  const proceed = (answer: SignInAnswer) => {
    if (answer.status === "signed_in") session.adopt(answer.session);
    else {
      setLate(false);
      setTicket(answer.ticket);
    }
  };

  const prove = async (proof: SecondFactorProof, held: string) => {
    try {
      session.adopt(await api.accounts.signInSecondFactor(held, proof));
    } catch (error) {
      // The first step counts for a few minutes only.
      if (!(error instanceof ProblemError) || error.kind !== "session-ended") throw error;
      setTicket(null);
      setLate(true);
    }
  };

  if (ticket !== null) {
    return (
      <section className="door">
        <h1>One more step</h1>
        <p className="door-sub">Your account has a second factor.</p>
        <CodeForm
          action="Sign in"
          onProof={(proof) => prove(proof, ticket)}
          onCancel={() => setTicket(null)}
        />
      </section>
    );
  }
  return (
    <section className="door">
      <h1>Sign in</h1>
      {late && (
        <p className="problem" role="alert">
          That took too long. Begin again, please.
        </p>
      )}
      <PasswordForm api={api} confirms={options?.confirm_email === true} onAnswer={proceed} />
      {options?.wallet === true && (
        <>
          <h2 className="door-or">Or with a wallet</h2>
          <WalletButtons
            api={api}
            purpose="sign-in"
            chainId={options.chain_id}
            onProof={async (proof) => proceed(await api.accounts.signInByWallet(proof))}
          />
        </>
      )}
      {options?.registration !== false && (
        <p className="door-other">
          New here? <Link href={`/signup${location.search}`}>Make an account</Link>
        </p>
      )}
    </section>
  );
}

interface PasswordFormProps {
  readonly api: Api;
  /** Whether addresses have to be confirmed before the first sign-in. */
  readonly confirms: boolean;
  readonly onAnswer: (answer: SignInAnswer) => void;
}

function PasswordForm({ api, confirms, onAnswer }: PasswordFormProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signing = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signing.run(async () => onAnswer(await api.accounts.signIn(email.trim(), password)));
  };
  return (
    <form className="form" aria-label="Sign in" onSubmit={submit}>
      <EmailField value={email} onChange={setEmail} autoFocus />
      <PasswordField label="Password" value={password} onChange={setPassword} newFor={null} />
      <Outcome action={signing} />
      <button type="submit" className="button button-primary" aria-disabled={signing.busy}>
        {signing.busy ? "Signing in…" : "Sign in"}
      </button>
      {confirms && signing.problem !== "" && email.includes("@") && (
        <div>
          <p className="hint">Is the address new here? It counts once you open the link in our mail.</p>
          <MailAgain api={api} email={email.trim()} />
        </div>
      )}
      <p>
        <Link href="/account/reset">Forgotten your password?</Link>
      </p>
    </form>
  );
}
