/** The list of keys. */
import { PLAYER_KEYS } from "../hooks/player-keys";

interface PlayerHelpProps {
  readonly keys?: readonly (readonly [string, string])[];
  readonly onClose: () => void;
}

export function PlayerHelp({ keys = PLAYER_KEYS, onClose }: PlayerHelpProps) {
  return (
    <section className="player-panel" aria-label="Keyboard help">
      <div className="player-panel-head">
        <h2>Keys</h2>
        <button type="button" className="control" aria-label="Close help" onClick={onClose}>
          ×
        </button>
      </div>
      <dl>
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
