/** Who may not write, and what was done. */
import { momentWords } from "../../core/account-words";
import { inForce, logWords, restrictionWords } from "../../core/desk";
import type { RoomCommands } from "../../hooks/events";
import type { LogEntry, Restriction } from "../../protocol/moderation";

interface RestrictionsProps {
  readonly restrictions: readonly Restriction[];
  readonly nowMs: number;
  readonly commands: RoomCommands;
}

export function Restrictions({ restrictions, nowMs, commands }: RestrictionsProps) {
  const holding = inForce(restrictions, nowMs);
  if (holding.length === 0) return <p>Nobody is shut out.</p>;
  return (
    <ul className="rows" aria-label="Restrictions">
      {holding.map((restriction) => {
        const { id, user, network, by, reason, at_ms: atMs, shut_out: shutOut } = restriction;
        return (
          <li key={id} data-testid="restriction">
            <div>
              <strong>{user?.name ?? network}</strong>
              {user !== null && network !== null && <span className="hint"> and {network}</span>}
              <p className="hint">
                {restrictionWords(restriction, nowMs)}
                {shutOut && "; no reading from there either"}. By {by.name}, {momentWords(new Date(atMs).toISOString())}
                {reason !== "" && `: ${reason}`}
              </p>
            </div>
            {user !== null && (
              <div className="buttons">
                <button type="button" className="button" onClick={() => void commands.act("unban", { user: user.id })}>
                  Let back in
                </button>
              </div>
            )}
          </li>
        );
      })}
    </ul>
  );
}

export function Log({ log }: { log: readonly LogEntry[] }) {
  if (log.length === 0) return <p>Nothing has been done yet.</p>;
  return (
    <ul className="rows" aria-label="Log">
      {log.map((entry) => (
        <li key={entry.id} data-testid="log-entry">
          <div>
            {logWords(entry)}
            <p className="hint">
              {momentWords(new Date(entry.at_ms).toISOString())}
              {entry.reason !== "" && `: ${entry.reason}`}
              {entry.details !== "" && ` (${entry.details})`}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
