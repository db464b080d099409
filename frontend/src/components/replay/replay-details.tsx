/** Below a replay: its lively moments, and what it is made of. */
import { momentWords } from "../../core/account-words";
import { bounds } from "../../core/replay-parts";
import { peaksOf } from "../../core/replay-peaks";
import { replayPath } from "../../core/replay-time";
import { clock, people } from "../../core/words";
import type { ReplayTheatre } from "../../live/replay-player";
import type { Density, Replay } from "../../protocol/replays";
import { type Store, useStore } from "../../store";

interface ReplayDetailsProps {
  readonly theatre: ReplayTheatre;
  readonly replay: Replay;
  readonly density: Store<Density | null>;
}

export function ReplayDetails({ theatre, replay, density }: ReplayDetailsProps) {
  const counted = useStore(density);
  const whole = bounds(replay.parts);
  const peaks = counted === null ? [] : peaksOf(counted, whole);
  return (
    <div className="replay-details">
      {peaks.length > 0 && (
        <section aria-labelledby="peaks">
          <h2 id="peaks">Lively moments</h2>
          <ul className="replay-peaks">
            {peaks.map(({ clockMs, lines, tips }) => (
              <li key={clockMs}>
                <a
                  className="button"
                  data-testid="peak"
                  href={replayPath(replay.channel, replay.id, clockMs - whole.fromMs)}
                  onClick={(event) => {
                    event.preventDefault();
                    theatre.seek(clockMs);
                  }}
                >
                  <span>{clock(clockMs - whole.fromMs)}</span>
                  <span className="hint">{[lines > 0 && people(lines, "line", "lines"), tips > 0 && people(tips, "tip", "tips")].filter(Boolean).join(", ")}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      <details className="replay-facts" data-testid="replay-details">
        <summary>Details</summary>
        <dl>
          <Fact name="Broadcast began" value={momentWords(replay.began_at)} />
          <Fact name="Recording began" value={momentWords(replay.started_at)} />
          <Fact name="Loudness" value={replay.loudness_lufs === null ? "silent, or not measured" : `${replay.loudness_lufs.toFixed(1)} LUFS (EBU R128)`} />
          {replay.parts.map((part, index) => (
            <Fact
              key={part.number}
              name={replay.parts.length === 1 ? "File" : `Part ${index + 1}`}
              value={[part.width !== null && `${part.width} × ${part.height}`, clock(part.duration_ms), part.type].filter(Boolean).join(", ")}
            />
          ))}
        </dl>
      </details>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
