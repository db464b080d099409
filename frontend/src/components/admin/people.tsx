/** The people of this server: search, suspend, say what they are. */
import { useCallback, useState } from "react";
import { dateWords, ROLE_MEANS, ROLE_WORDS } from "../../core/account-words";
import { useAction } from "../../hooks/action";
import { useRested } from "../../hooks/page";
import { usePages } from "../../hooks/pages";
import type { Role, User } from "../../protocol/account-types";
import type { Api } from "../../protocol/api";
import { ConfirmDialog } from "../confirm-dialog";
import { MoreOf } from "../more-of";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";

/** A word that is being typed is not searched for letter by letter. */
const TYPING_MS = 300;

export function People({ api, me }: { api: Api; me: User }) {
  const [search, setSearch] = useState("");
  const wanted = useRested(search.trim(), TYPING_MS);
  const load = useCallback((cursor: string | null) => api.accounts.users(cursor, wanted), [api, wanted]);
  const people = usePages(load);
  const { items, more, busy } = people;
  const [suspending, setSuspending] = useState<User | null>(null);
  const [promoting, setPromoting] = useState<{ person: User; role: Role } | null>(null);
  const acting = useAction();
  const changed = (user: User) => people.change((before) => before.map((each) => (each.id === user.id ? user : each)));
  return (
    <section className="card" aria-label="People">
      <TextField label="Search" type="search" value={search} onChange={setSearch} placeholder="Name, e-mail address, wallet or id" autoComplete="off" />
      <p className="hint" role="status">
        {busy ? "One moment…" : `${items.length} ${items.length === 1 ? "person" : "people"}${more ? " so far" : ""}`}
      </p>
      <ul className="rows">
        {items.map((person) => (
          <li key={person.id} data-testid="person">
            <div>
              <strong>
                <bdi>{person.display_name}</bdi>
              </strong>
              {person.suspended_at !== null && <span className="tag tag-warning">Suspended</span>}
              <p className="hint">
                {person.email ?? "no e-mail address"}, since {dateWords(person.created_at)}
              </p>
            </div>
            <RoleSelect
              person={person}
              disabled={acting.busy || person.id === me.id}
              onChange={(role) => setPromoting({ person, role })}
            />
            {person.id !== me.id &&
              (person.suspended_at === null ? (
                <button type="button" className="button" onClick={() => setSuspending(person)}>
                  Suspend<span className="visually-hidden"> {person.display_name}</span>
                </button>
              ) : (
                <button
                  type="button"
                  className="button"
                  aria-disabled={acting.busy}
                  onClick={() => void acting.run(async () => changed(await api.accounts.setSuspended(person.id, false)))}
                >
                  Let in again<span className="visually-hidden"> {person.display_name}</span>
                </button>
              ))}
          </li>
        ))}
      </ul>
      <Outcome action={acting} />
      <MoreOf list={people} words="More people" />
      {promoting !== null && (
        <ConfirmDialog
          title={`Change the role of ${promoting.person.display_name}?`}
          action={`Make them: ${ROLE_WORDS[promoting.role]}`}
          onClose={() => setPromoting(null)}
          onConfirm={async () => {
            changed(await api.accounts.setRole(promoting.person.id, promoting.role));
            setPromoting(null);
          }}
        >
          <p>{ROLE_MEANS[promoting.role]}</p>
        </ConfirmDialog>
      )}
      {suspending !== null && (
        <ConfirmDialog
          title={`Suspend ${suspending.display_name}?`}
          action="Suspend"
          onClose={() => setSuspending(null)}
          onConfirm={async () => {
            changed(await api.accounts.setSuspended(suspending.id, true));
            setSuspending(null);
          }}
        >
          <p>They are signed out everywhere at once and cannot sign in until you let them in again. Their API keys stop working.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function RoleSelect({ person, disabled, onChange }: { person: User; disabled: boolean; onChange: (role: Role) => void }) {
  return (
    <label className="role">
      <span className="visually-hidden">Role of {person.display_name}</span>
      <select value={person.role} disabled={disabled} onChange={(event) => onChange(event.target.value as Role)}>
        {(Object.keys(ROLE_WORDS) as Role[]).map((role) => (
          <option key={role} value={role}>
            {ROLE_WORDS[role]}
          </option>
        ))}
      </select>
    </label>
  );
}
