/** Searching what was said, by words or by person. */
import { type FormEvent, useState } from "react";
import { momentWords } from "../../core/account-words";
import { useAction } from "../../hooks/action";
import type { RoomCommands } from "../../hooks/events";
import type { Api } from "../../protocol/api";
import type { FoundLine } from "../../protocol/moderation";
import { Words } from "../chat/line";
import type { Decision } from "../chat/restrict-dialogs";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";

interface SearchProps {
  readonly name: string;
  readonly api: Api;
  readonly commands: RoomCommands;
  readonly onDecide: (decision: Decision) => void;
}

export function Search({ name, api, commands, onDecide }: SearchProps) {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<readonly FoundLine[] | null>(null);
  const searching = useAction();
  const find = (words: string, user: string) =>
    void searching.run(async () => setFound(await api.moderation.search(name, words, user)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    find(query.trim(), "");
  };
  const remove = async (id: string) => {
    if (await commands.act("delete", { message: id })) setFound((before) => before?.map((each) => (each.message.id === id ? { ...each, deleted_by: "" } : each)) ?? null);
  };
  return (
    <>
      <form className="form" role="search" onSubmit={submit}>
        <TextField label="Words" type="search" value={query} onChange={setQuery} />
        <button type="submit" className="button button-primary" disabled={searching.busy || query.trim() === ""}>
          Search
        </button>
        <Outcome action={searching} />
      </form>
      {found?.length === 0 && <p>Nothing was found.</p>}
      <ul className="rows" aria-label="Found messages">
        {found?.map(({ message, state, deleted_by: deletedBy }) => {
          const { author } = message;
          const shown = state === "shown" && deletedBy === null;
          return (
            <li key={message.id} data-testid="found">
              <div>
                <strong>{author?.name ?? "Somebody"}</strong> <span className="hint">{momentWords(new Date(message.at_ms).toISOString())}{!shown && `, ${deletedBy === null ? state : "deleted"}`}</span>
                <p>
                  <Words message={message} />
                </p>
              </div>
              <div className="buttons">
                {author !== null && (
                  <>
                    <button type="button" className="button" onClick={() => find("", author.id)}>
                      All of theirs
                    </button>
                    <button type="button" className="button" onClick={() => onDecide({ kind: "time_out", person: author })}>
                      Time out…
                    </button>
                  </>
                )}
                {shown && (
                  <button type="button" className="button" onClick={() => void remove(message.id)}>
                    Delete
                  </button>
                )}
              </div>
            </li>
          );
        })}
      </ul>
    </>
  );
}
