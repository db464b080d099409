/** The bar below the picture of a replay: the slider over it, and the buttons. */
import { type RefObject, useState, useSyncExternalStore } from "react";
import { bounds } from "../../core/replay-parts";
import { clock } from "../../core/words";
import type { ReplayActions } from "../../hooks/replay";
import type { ReplayTheatre } from "../../live/replay-player";
import type { Density, Replay } from "../../protocol/replays";
import { type Store, useStore } from "../../store";
import { ControlButton, followFullScreen } from "../player-controls";
import { SeekBar } from "./seek-bar";

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

interface ReplayControlsProps {
  readonly theatre: ReplayTheatre;
  readonly replay: Replay;
  readonly density: Store<Density | null>;
  readonly actions: ReplayActions;
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly help: boolean;
}

export function ReplayControls({ theatre, replay, density, actions, video, help }: ReplayControlsProps) {
  const { view, rate } = useStore(theatre.store);
  const sound = useStore(theatre.playout.store);
  const clockMs = useStore(theatre.clock);
  const busy = useStore(density);
  const fullScreen = useSyncExternalStore(followFullScreen, () => document.fullscreenElement !== null);
  const [pictureless] = useState(() => replay.parts.every(({ width }) => width === null));
  const { fromMs, toMs } = bounds(replay.parts);
  const goes = view.wanted && (view.state === "playing" || view.state === "loading");
  return (
    <div className="player-controls replay-controls" role="group" aria-label="Player controls">
      <SeekBar replay={replay} density={busy} clockMs={clockMs} onSeek={theatre.seek} />
      <div className="replay-buttons">
        <ControlButton
          icon={goes ? "pause" : view.state === "ended" ? "again" : "play"}
          label={goes ? "Pause" : view.state === "ended" ? "Play again" : "Play"}
          disabled={view.state === "unplayable" || view.state === "empty"}
          onClick={theatre.togglePlay}
        />
        <ControlButton icon={sound.muted ? "muted" : "sound"} label={sound.muted ? "Unmute" : "Mute"} onClick={actions.toggleMute} />
        <input
          className="player-volume"
          type="range"
          min={0}
          max={100}
          step={1}
          aria-label="Volume"
          value={sound.muted ? 0 : Math.round(sound.volume * 100)}
          onChange={(event) => theatre.playout.setVolume(Number(event.target.value) / 100)}
        />
        <p className="replay-time" data-testid="replay-time">
          <span className="visually-hidden">At </span>
          {clock(clockMs - fromMs)}
          <span aria-hidden="true"> / </span>
          <span className="visually-hidden"> of </span>
          {clock(toMs - fromMs)}
        </p>
        <span className="player-gap" />
        <label className="replay-rate">
          <span className="visually-hidden">Speed</span>
          <select value={rate} onChange={(event) => theatre.setRate(Number(event.target.value))} data-testid="rate" title="Speed">
            {RATES.map((each) => (
              <option key={each} value={each}>
                {each}×
              </option>
            ))}
          </select>
        </label>
        <ControlButton icon="help" label="Keyboard help" pressed={help} onClick={actions.toggleHelp} />
        {!pictureless && document.pictureInPictureEnabled && (
          <ControlButton icon="pip" label="Picture in picture" onClick={() => void togglePictureInPicture(video.current).catch(() => undefined)} />
        )}
        <ControlButton icon="full" label={fullScreen ? "Leave full screen" : "Full screen"} onClick={actions.toggleFullScreen} />
      </div>
    </div>
  );
}

async function togglePictureInPicture(video: HTMLVideoElement | null): Promise<void> {
  if (document.pictureInPictureElement !== null) await document.exitPictureInPicture();
  else await video?.requestPictureInPicture();
}
