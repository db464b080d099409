/** Who moderates a channel's chat: naming people, and naming them no more. */
import { type FormEvent, useCallback, useState } from "react";
import { dateWords } from "../../core/account-words";
import { useAction, useLoaded } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";
import { Waiting } from "../waiting";

export function Moderators({ api, name }: { api: Api; name: string }) {
  const load = useCallback(() => api.channels.moderators(name), [api, name]);
  const moderators = useLoaded(load);
  const [who, setWho] = useState("");
  const acting = useAction();
  const add = (event: FormEvent) => {
    event.preventDefault();
    void acting.run(async () => {
      const added = await api.channels.addModerator(name, who.trim());
      setWho("");
      await moderators.reload();
      return `${added.display_name} moderates here now.`;
    });
  };
  const remove = (id: string, displayName: string) =>
    acting.run(async () => {
      await api.channels.removeModerator(name, id);
      await moderators.reload();
      return `${displayName} moderates here no more.`;
    });
  return (
    <section className="card" aria-label="Moderators">
      <h2>Moderators</h2>
      <p className="hint">They keep the chat in order while you play: they remove messages and send people out.</p>
      {moderators.value === null && <Waiting of={moderators} />}
      {moderators.value?.length === 0 && <p>Nobody yet.</p>}
      <ul className="rows">
        {moderators.value?.map(({ id, display_name, added_at }) => (
          <li key={id} data-testid="moderator">
            <div>
              <strong>
                <bdi>{display_name}</bdi>
              </strong>
              <p className="hint">Since {dateWords(added_at)}</p>
            </div>
            <button type="button" className="button" aria-disabled={acting.busy} onClick={() => void remove(id, display_name)}>
              Remove<span className="visually-hidden"> {display_name}</span>
            </button>
          </li>
        ))}
      </ul>
      <form className="form" aria-label="New moderator" onSubmit={add}>
        <TextField
          label="Whom to name"
          value={who}
          onChange={setWho}
          required
          maxLength={200}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          placeholder="Their name"
          hint="Exactly the name they have here. When several people share it, their id: they find it in their settings."
        />
        <Outcome action={acting} />
        <div className="buttons">
          <button type="submit" className="button" aria-disabled={acting.busy} disabled={who.trim() === ""}>
            Name a moderator
          </button>
        </div>
      </form>
    </section>
  );
}
