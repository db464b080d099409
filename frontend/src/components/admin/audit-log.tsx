/** The audit log, the newest entries first. */
import { useCallback } from "react";
import { momentWords } from "../../core/account-words";
import { usePages } from "../../hooks/pages";
import type { Api } from "../../protocol/api";
import { MoreOf } from "../more-of";

export function AuditLog({ api }: { api: Api }) {
  const load = useCallback((cursor: string | null) => api.accounts.audit(cursor), [api]);
  const entries = usePages(load);
  return (
    <section className="card" aria-label="Audit log">
      <p className="hint">
        Sign-ins, keys and roles. Nothing here can be changed: each entry carries a hash over itself and the one before.
      </p>
      <div className="table" tabIndex={0} role="region" aria-label="Entries">
        <table>
          <thead>
            <tr>
              <th scope="col">No.</th>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Who</th>
              <th scope="col">Whom or what</th>
              <th scope="col">Details</th>
              <th scope="col">Hash</th>
            </tr>
          </thead>
          <tbody>
            {entries.items.map((entry) => (
              <tr key={entry.seq} data-testid="audit-entry">
                <td>{entry.seq}</td>
                <td>{momentWords(entry.at)}</td>
                <td>{entry.action}</td>
                <td>
                  <Named id={entry.actor} name={entry.actor_name} />
                </td>
                <td>
                  <Named id={entry.subject} name={entry.subject_name} />
                </td>
                <td>
                  {Object.entries(entry.details)
                    .map(([name, value]) => `${name}: ${value}`)
                    .join(", ")}
                </td>
                <td>
                  <code title={entry.hash}>{entry.hash.slice(0, 10)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <MoreOf list={entries} words="Older entries" />
    </section>
  );
}

/** People by what they are called now; ids stay for those who look closer. */
function Named({ id, name }: { id: string; name: string | null }) {
  return name === null ? <code>{id}</code> : <bdi title={id}>{name}</bdi>;
}
