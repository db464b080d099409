/** Messages that nobody sees until a moderator has decided. */
import type { RoomCommands } from "../../hooks/events";
import type { HeldMessage } from "../../protocol/moderation";
import { timeWords, Words } from "../chat/line";
import type { Decision } from "../chat/restrict-dialogs";

interface HeldMessagesProps {
  readonly held: readonly HeldMessage[];
  readonly commands: RoomCommands;
  readonly onDecide: (decision: Decision) => void;
}

const REASONS: Readonly<Record<string, string>> = { link: "has a link", blocked_term: "has a blocked term" };

export function HeldMessages({ held, commands, onDecide }: HeldMessagesProps) {
  if (held.length === 0) return <p>Nothing waits for you.</p>;
  return (
    <ul className="rows" aria-label="Held messages">
      {held.map(({ message, reason }) => {
        const { id, author } = message;
        return (
          <li key={id} data-testid="held">
            <div>
              <strong>{author?.name ?? "Somebody"}</strong>{" "}
              <span className="hint">
                {timeWords(message.at_ms)}, {REASONS[reason] ?? reason}
              </span>
              <p>
                <Words message={message} />
              </p>
            </div>
            <div className="buttons">
              <button type="button" className="button button-primary" onClick={() => void commands.act("decide", { message: id, approve: true })}>
                Approve
              </button>
              <button type="button" className="button" onClick={() => void commands.act("decide", { message: id, approve: false })}>
                Deny
              </button>
              {author !== null && (
                <button type="button" className="button" onClick={() => onDecide({ kind: "time_out", person: author })}>
                  Time out…
                </button>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
