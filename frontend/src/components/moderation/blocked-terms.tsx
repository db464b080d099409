/** Words that are not said here, or only after a moderator has looked. */
import { type FormEvent, useState } from "react";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import type { BlockedTerm } from "../../protocol/moderation";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";

export function BlockedTerms({ name, api, terms }: { name: string; api: Api; terms: readonly BlockedTerm[] }) {
  const [term, setTerm] = useState("");
  const [action, setAction] = useState<BlockedTerm["action"]>("block");
  const changing = useAction();
  const keep = (next: readonly BlockedTerm[], words: string) =>
    void changing.run(async () => {
      await api.moderation.setBlockedTerms(name, next);
      return words;
    });
  const add = (event: FormEvent) => {
    event.preventDefault();
    const added = term.trim();
    if (added === "") return;
    keep([...terms.filter((each) => each.term.toLowerCase() !== added.toLowerCase()), { term: added, action }], `“${added}” is on the list.`);
    setTerm("");
  };
  return (
    <>
      <p className="hint">Look-alike letters, spaces between letters and capitals make no difference. Moderators are not bound by the list.</p>
      <form className="form" aria-label="Add a term" onSubmit={add}>
        <TextField label="Term" value={term} onChange={setTerm} maxLength={100} autoComplete="off" />
        <label className="field">
          Messages with it
          <select value={action} onChange={(event) => setAction(event.target.value as BlockedTerm["action"])}>
            <option value="block">are refused</option>
            <option value="hold">are held for you</option>
          </select>
        </label>
        <button type="submit" className="button button-primary" disabled={changing.busy || term.trim() === ""}>
          Add
        </button>
        <Outcome action={changing} />
      </form>
      <ul className="rows" aria-label="Blocked terms">
        {terms.map((each) => (
          <li key={each.term} data-testid="blocked-term">
            <div>
              <bdi>{each.term}</bdi> <span className="hint">{each.action === "block" ? "refused" : "held"}</span>
            </div>
            <div className="buttons">
              <button
                type="button"
                className="button"
                disabled={changing.busy}
                onClick={() => keep(terms.filter((other) => other.term !== each.term), `“${each.term}” is off the list.`)}
              >
                Remove<span className="visually-hidden"> {each.term}</span>
              </button>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
