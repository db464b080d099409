/** Keys for machines that act in the person's name. */
import { type FormEvent, useCallback, useState } from "react";
import { dateWords, momentWords, SCOPE_WORDS } from "../../core/account-words";
import { useAction, useLoaded } from "../../hooks/action";
import { type Scope, SCOPES } from "../../protocol/account-types";
import type { Api } from "../../protocol/api";
import { Outcome } from "../outcome";
import { SecretOnce } from "../secret-once";
import { TextField } from "../text-field";
import { Waiting } from "../waiting";

export function ApiKeys({ api }: { api: Api }) {
  const load = useCallback(() => api.accounts.apiKeys(), [api]);
  const keys = useLoaded(load);
  const [secret, setSecret] = useState<string | null>(null);
  const revoking = useAction();
  const revoke = (id: string) =>
    revoking.run(async () => {
      await api.accounts.revokeApiKey(id);
      await keys.reload();
      return "The key no longer works.";
    });
  return (
    <>
      <section className="card" aria-label="API keys">
        <h2>API keys</h2>
        <p className="hint">
          A program with a key acts in your name, as far as its permissions go. What can be done is in the{" "}
          <a href="/api/docs">API's documentation</a>.
        </p>
        {keys.value === null && <Waiting of={keys} />}
        {keys.value?.length === 0 && <p>None yet.</p>}
        <ul className="rows">
          {keys.value?.map((key) => (
            <li key={key.id} data-testid="api-key">
              <div>
                <strong>{key.name}</strong> <code>{key.prefix}_…</code>
                <p className="hint">
                  {key.scopes.map((scope) => SCOPE_WORDS[scope] ?? scope).join(", ")}. Made {dateWords(key.created_at)},{" "}
                  {key.last_used_at === null ? "never used" : `last used ${momentWords(key.last_used_at)}`}.
                </p>
              </div>
              <button type="button" className="button" aria-disabled={revoking.busy} onClick={() => void revoke(key.id)}>
                Revoke
              </button>
            </li>
          ))}
        </ul>
        <Outcome action={revoking} />
      </section>
      {secret === null ? (
        <NewKey
          api={api}
          onMade={(made) => {
            setSecret(made);
            void keys.reload();
          }}
        />
      ) : (
        <section className="card" aria-label="New API key">
          <SecretOnce title="Your new API key" secrets={[secret]} onDone={() => setSecret(null)}>
            <p>It is shown only now.</p>
          </SecretOnce>
        </section>
      )}
    </>
  );
}

function NewKey({ api, onMade }: { api: Api; onMade: (secret: string) => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set());
  const making = useAction();
  const toggle = (scope: Scope) => {
    const next = new Set(scopes);
    if (!next.delete(scope)) next.add(scope);
    setScopes(next);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void making.run(async () => onMade((await api.accounts.createApiKey(name.trim(), SCOPES.filter((scope) => scopes.has(scope)))).secret));
  };
  return (
    <form className="card" aria-label="New API key" onSubmit={submit}>
      <h2>New key</h2>
      <TextField label="What is it for?" value={name} onChange={setName} required maxLength={60} placeholder="Stream deck" autoComplete="off" />
      <fieldset className="checks">
        <legend>It may</legend>
        {SCOPES.map((scope) => (
          <label className="check" key={scope}>
            <input type="checkbox" checked={scopes.has(scope)} onChange={() => toggle(scope)} />
            <span>{SCOPE_WORDS[scope]}</span>
          </label>
        ))}
      </fieldset>
      <Outcome action={making} />
      <div className="buttons">
        <button type="submit" className="button" aria-disabled={making.busy} disabled={name.trim() === "" || scopes.size === 0}>
          Make the key
        </button>
      </div>
    </form>
  );
}
