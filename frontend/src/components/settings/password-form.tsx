/** A new password. The present one is asked for by step-up, not here. */
import { type FormEvent, useState } from "react";
import { useAction } from "../../hooks/action";
import type { Me } from "../../protocol/account-types";
import type { Api } from "../../protocol/api";
import { Outcome } from "../outcome";
import { PasswordField } from "../password-field";

interface PasswordFormProps {
  readonly api: Api;
  readonly me: Me;
  readonly onMe: (me: Me) => void;
}

export function PasswordForm({ api, me, onMe }: PasswordFormProps) {
  const [password, setPassword] = useState("");
  const saving = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      onMe((await api.accounts.changeMe({ password })).me);
      setPassword("");
      return me.has_password ? "Your password is changed. Other devices are signed out." : "Your password is set. Other devices are signed out.";
    });
  };
  return (
    <form className="card" aria-label="Password" onSubmit={submit}>
      <h2>Password</h2>
      {!me.has_password && <p className="hint">You have none: you sign in with a wallet.</p>}
      {me.user.email === null && <p className="hint">To sign in with a password you need an e-mail address as well: give one under Profile.</p>}
      <input type="text" name="username" autoComplete="username" value={me.user.email ?? ""} readOnly hidden />
      <PasswordField label="New password" value={password} onChange={setPassword} newFor={me.user.email ?? ""} />
      <Outcome action={saving} />
      <div className="buttons">
        <button type="submit" className="button" aria-disabled={saving.busy} disabled={password === ""}>
          {me.has_password ? "Change the password" : "Set a password"}
        </button>
      </div>
    </form>
  );
}
