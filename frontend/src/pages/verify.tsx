/** Where the link of a mail leads that confirms an e-mail address. */
import { type FormEvent, useState } from "react";
import { Outcome } from "../components/outcome";
import { PasswordField } from "../components/password-field";
import { useAction } from "../hooks/action";
import { useLinkToken } from "../hooks/link-token";
import { useTitle } from "../hooks/page";
import { useSession, useSessionView } from "../hooks/session";
import type { Api } from "../protocol/api";
import { Link } from "../router";

export function VerifyPage({ api }: { api: Api }) {
  useTitle("Confirm your address · Harmonie");
  const { token, turn } = useLinkToken();
  const [done, setDone] = useState<number | null>(null);
  if (token === "") {
    return (
      <section className="door">
        <h1>This link is not complete.</h1>
        <p className="door-sub">Open the link in the mail once more, or copy all of it into the address bar.</p>
      </section>
    );
  }
  if (done === turn) return <Confirmed />;
  return <ConfirmForm key={turn} api={api} token={token} onDone={() => setDone(turn)} />;
}

function ConfirmForm({ api, token, onDone }: { api: Api; token: string; onDone: () => void }) {
  const view = useSessionView();
  const session = useSession();
  const [password, setPassword] = useState("");
  const confirming = useAction();
  // Another person's session on this device does not confirm the address either: their password does.
  const [byPassword, setByPassword] = useState(false);
  const needsPassword = view.state === "out" || byPassword;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void confirming.run(async () => {
      try {
        await api.accounts.verifyEmail(token, needsPassword ? password : undefined);
      } catch (error) {
        if (!needsPassword) setByPassword(true);
        throw error;
      }
      if (view.state === "in") session.userChanged((await api.accounts.me()).user);
      onDone();
    });
  };
  return (
    <section className="door">
      <h1>Confirm your address</h1>
      <p className="door-sub">
        {needsPassword ? "Enter your password, so that we know that mail and account belong to the same person." : "One click, and it is yours."}
      </p>
      <form className="form" aria-label="Confirm your address" onSubmit={submit}>
        {needsPassword && <PasswordField label="Password" value={password} onChange={setPassword} newFor={null} autoFocus />}
        <Outcome action={confirming} />
        <button type="submit" className="button button-primary" aria-disabled={confirming.busy} disabled={view.state === "unknown"}>
          Confirm
        </button>
      </form>
    </section>
  );
}

function Confirmed() {
  const view = useSessionView();
  return (
    <section className="door" role="status">
      <h1>Your address is confirmed.</h1>
      <p>
        {view.state === "in" ? (
          <Link className="button button-primary" href="/">
            See who is on stage
          </Link>
        ) : (
          <Link className="button button-primary" href="/signin">
            Sign in
          </Link>
        )}
      </p>
    </section>
  );
}
