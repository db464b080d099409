/** Who is in the chat, and what the moderators noted about them. */
import { useCallback, useState } from "react";
import { momentWords } from "../../core/account-words";
import { plural } from "../../core/chat-words";
import { useLoaded } from "../../hooks/action";
import type { RoomCommands } from "../../hooks/events";
import type { Api } from "../../protocol/api";
import type { Chatter, ModNote } from "../../protocol/moderation";
import { Badge } from "../chat/line";
import { personMenu } from "../chat/line-menu";
import type { Decision } from "../chat/restrict-dialogs";
import type { Point } from "../../hooks/floating";
import { Menu } from "../menu";

interface ChattersProps {
  readonly name: string;
  readonly api: Api;
  readonly chatters: readonly Chatter[];
  readonly count: number;
  /** Notes made while the page is open. */
  readonly fresh: readonly ModNote[];
  readonly commands: RoomCommands;
  readonly onDecide: (decision: Decision) => void;
}

export function Chatters({ name, api, chatters, count, fresh, commands, onDecide }: ChattersProps) {
  const [open, setOpen] = useState<{ person: Chatter; at: Point } | null>(null);
  const [read, setRead] = useState("");
  const deeds = { act: (type: string, fields: Readonly<Record<string, unknown>>) => void commands.act(type, fields), decide: onDecide };
  return (
    <>
      <p className="hint">
        {plural(count, "person").replace("persons", "people")} signed in
        {count > chatters.length && `, ${chatters.length} of them here`}
      </p>
      <ul className="rows" aria-label="People">
        {chatters.map((person) => (
          <li key={person.id} data-testid="chatter">
            <div>
              {person.badges.map((badge) => (
                <Badge key={badge} badge={badge} />
              ))}
              <bdi>{person.name}</bdi>
              {read === person.id && <Notes name={name} api={api} user={person.id} fresh={fresh} />}
            </div>
            <div className="buttons">
              <button type="button" className="button" aria-expanded={read === person.id} onClick={() => setRead(read === person.id ? "" : person.id)}>
                Notes<span className="visually-hidden"> on {person.name}</span>
              </button>
              <button
                type="button"
                className="button"
                aria-haspopup="menu"
                onClick={(event) => {
                  const box = event.currentTarget.getBoundingClientRect();
                  setOpen({ person, at: { x: box.left, y: box.bottom + 4 } });
                }}
              >
                More<span className="visually-hidden"> about {person.name}</span>
              </button>
            </div>
          </li>
        ))}
      </ul>
      {open !== null && <Menu title={open.person.name} at={open.at} groups={[personMenu(open.person, deeds)]} onClose={() => setOpen(null)} />}
    </>
  );
}

function Notes({ name, api, user, fresh }: { name: string; api: Api; user: string; fresh: readonly ModNote[] }) {
  const load = useCallback(() => api.moderation.notes(name, user), [api, name, user]);
  const { value, problem } = useLoaded(load);
  if (value === null) return <p role="status">{problem || "One moment…"}</p>;
  const known = new Set(value.map(({ id }) => id));
  const notes = [...fresh.filter((note) => note.user.id === user && !known.has(note.id)), ...value];
  if (notes.length === 0) return <p className="hint">No notes.</p>;
  return (
    <ul className="notes" aria-label="Notes">
      {notes.map((note) => (
        <li key={note.id} data-testid="mod-note">
          {note.text}
          <p className="hint">
            {note.by.name}, {momentWords(new Date(note.at_ms).toISOString())}
          </p>
        </li>
      ))}
    </ul>
  );
}
