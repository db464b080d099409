/** The connection in numbers, for those who want to know. */
import type { PlaybackRow } from "../core/playback";
import { type Store, useStore } from "../store";

export function StatisticsPanel({ store, onClose }: { store: Store<readonly PlaybackRow[]>; onClose: () => void }) {
  const rows = useStore(store);
  return (
    <section className="player-panel" data-testid="statistics" aria-label="Statistics">
      <div className="player-panel-head">
        <h2>Statistics</h2>
        <button type="button" className="control" aria-label="Close statistics" onClick={onClose}>
          ×
        </button>
      </div>
      {rows.length === 0 ? (
        <p>Nothing is being received.</p>
      ) : (
        <dl>
          {rows.map((row) => (
            <div key={row.label}>
              <dt>{row.label}</dt>
              <dd>{row.value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
