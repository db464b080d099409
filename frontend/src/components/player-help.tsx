/** The list of keys. */
import { PLAYER_KEYS } from "../hooks/player-keys";

export function PlayerHelp({ onClose }: { onClose: () => void }) {
  return (
    <section className="player-panel" aria-label="Keyboard help">
      <div className="player-panel-head">
        <h2>Keys</h2>
        <button type="button" className="control" aria-label="Close help" onClick={onClose}>
          ×
        </button>
      </div>
      <dl>
        {PLAYER_KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
