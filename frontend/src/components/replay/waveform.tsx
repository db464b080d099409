/** The loudness of the whole recording, where there is no picture: what was heard already is lit. */
import { useEffect, useState } from "react";
import { bounds } from "../../core/replay-parts";
import { outlineOf, WAVE_POINTS } from "../../core/replay-peaks";
import type { ReplayTheatre } from "../../live/replay-player";
import type { Replay } from "../../protocol/replays";
import { useStore } from "../../store";

export function Waveform({ theatre, replay, url }: { theatre: ReplayTheatre; replay: Replay; url: string }) {
  const [path, setPath] = useState("");
  const clockMs = useStore(theatre.clock);
  useEffect(() => {
    const stop = new AbortController();
    fetch(url, { signal: stop.signal })
      .then(async (answer) => (answer.ok ? new Uint8Array(await answer.arrayBuffer()) : new Uint8Array()))
      .then((bytes) => setPath(outlineOf(bytes)))
      // It only decorates.
      .catch(() => undefined);
    return () => stop.abort();
    // Another address of the same file is no reason to fetch it again.
  }, [replay.id]);
  if (path === "") return null;
  const { fromMs, toMs } = bounds(replay.parts);
  const heard = Math.min(1, Math.max(0, (clockMs - fromMs) / Math.max(1, toMs - fromMs))) * WAVE_POINTS;
  return (
    <svg className="waveform" viewBox={`0 -1 ${WAVE_POINTS} 2`} preserveAspectRatio="none" aria-hidden="true" data-testid="waveform">
      <clipPath id="heard">
        <rect x={0} y={-1} width={heard} height={2} />
      </clipPath>
      <path d={path} />
      <path d={path} className="waveform-heard" clipPath="url(#heard)" />
    </svg>
  );
}
