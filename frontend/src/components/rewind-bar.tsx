/** Back and forth in a live broadcast, where its past is kept. */
import { WORTH_S } from "../core/rewind";
import { clock } from "../core/words";
import type { Delay } from "../live/watcher";
import { type Store, useStore } from "../store";

interface RewindBarProps {
  readonly delay: Store<Delay>;
  readonly onRewind: (behindS: number) => void;
}

export function RewindBar({ delay, onRewind }: RewindBarProps) {
  const { rewind } = useStore(delay);
  if (rewind === null || rewind.windowS < WORTH_S) return null;
  const { windowS, live } = rewind;
  const behindS = live ? 0 : rewind.behindS;
  return (
    <div className="player-rewind">
      <input
        type="range"
        min={-Math.floor(windowS)}
        max={0}
        step={1}
        aria-label="Rewind"
        aria-valuetext={live ? "Live" : `${clock(behindS * 1000)} behind live`}
        data-testid="rewind"
        value={-Math.round(behindS)}
        onChange={(event) => onRewind(-Number(event.target.value))}
      />
      {live ? (
        <span className="player-rewind-live">Live</span>
      ) : (
        <button type="button" className="player-back" data-testid="back-to-live" onClick={() => onRewind(0)}>
          −{clock(behindS * 1000)} · Back to live
        </button>
      )}
    </div>
  );
}
