/** What others read, and the address mails go to. */
import { type FormEvent, useCallback, useState } from "react";
import { dateWords, NAME_MAX, ROLE_WORDS } from "../../core/account-words";
import { useAction, useLoaded } from "../../hooks/action";
import { useSession } from "../../hooks/session";
import type { Me } from "../../protocol/account-types";
import type { Api } from "../../protocol/api";
import { MailAgain } from "../account/mail-again";
import { Outcome } from "../outcome";
import { EmailField, TextField } from "../text-field";

interface ProfileProps {
  readonly api: Api;
  readonly me: Me;
  readonly onMe: (me: Me) => void;
}

export function Profile({ api, me, onMe }: ProfileProps) {
  return (
    <>
      <NameForm api={api} me={me} onMe={onMe} />
      <AddressForm api={api} me={me} onMe={onMe} />
      <p className="hint">
        {ROLE_WORDS[me.user.role]}, here since {dateWords(me.user.created_at)}. Your id: <code data-testid="my-id">{me.user.id}</code>
      </p>
    </>
  );
}

function NameForm({ api, me, onMe }: ProfileProps) {
  const session = useSession();
  const [name, setName] = useState(me.user.display_name);
  const saving = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      const changed = (await api.accounts.changeMe({ display_name: name })).me;
      session.userChanged(changed.user);
      setName(changed.user.display_name);
      onMe(changed);
      return "Saved.";
    });
  };
  return (
    <form className="card" aria-label="Name" onSubmit={submit}>
      <h2>Name</h2>
      <TextField label="Name" value={name} onChange={setName} required maxLength={NAME_MAX} autoComplete="nickname" hint="What others read." />
      <Outcome action={saving} />
      <div className="buttons">
        <button type="submit" className="button" aria-disabled={saving.busy} disabled={name.trim() === me.user.display_name}>
          Save
        </button>
      </div>
    </form>
  );
}

function AddressForm({ api, me, onMe }: ProfileProps) {
  const session = useSession();
  const [email, setEmail] = useState(me.user.email ?? "");
  const load = useCallback(() => api.accounts.options(), [api]);
  const mail = useLoaded(load).value?.mail ?? false;
  const saving = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void saving.run(async () => {
      const answer = await api.accounts.changeMe({ email: email.trim() });
      session.userChanged(answer.me.user);
      onMe(answer.me);
      return answer.email_pending ? "A mail is on its way to the new address. It counts once you open the link in it." : "Saved.";
    });
  };
  return (
    <form className="card" aria-label="E-mail" onSubmit={submit}>
      <h2>E-mail</h2>
      <EmailField
        value={email}
        onChange={setEmail}
        autoComplete="email"
        hint={me.user.email === null ? "None yet. With an address and a password you can sign in without a wallet." : "Only you and admins see it."}
      />
      <Outcome action={saving} />
      <div className="buttons">
        <button type="submit" className="button" aria-disabled={saving.busy} disabled={email.trim() === "" || email.trim() === me.user.email}>
          Save
        </button>
      </div>
      {mail && me.user.email !== null && !me.user.email_verified && (
        <div className="unconfirmed">
          <p className="hint">This address is not confirmed.</p>
          <MailAgain api={api} email={me.user.email} />
        </div>
      )}
    </form>
  );
}
