/** The bar of buttons over the picture. */
import { type ReactNode, type RefObject, useSyncExternalStore } from "react";
import type { PlayerActions } from "../hooks/player-keys";
import type { Sound } from "../live/playout";
import { Icon, type IconName } from "./icons";

interface PlayerControlsProps {
  readonly sound: Sound;
  /** Whether there is anything to pause or to take out of the page. */
  readonly playing: boolean;
  readonly actions: PlayerActions;
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly panel: string;
  readonly onVolume: (volume: number) => void;
  /** Beside the gap in the middle. */
  readonly children?: ReactNode;
}

export function PlayerControls({ sound, playing, actions, video, panel, onVolume, children }: PlayerControlsProps) {
  const fullScreen = useSyncExternalStore(followFullScreen, () => document.fullscreenElement !== null);
  const togglePictureInPicture = async () => {
    if (document.pictureInPictureElement !== null) await document.exitPictureInPicture();
    else await video.current?.requestPictureInPicture();
  };
  return (
    <div className="player-controls" role="group" aria-label="Player controls">
      <ControlButton icon={sound.paused ? "play" : "pause"} label={sound.paused ? "Play" : "Pause"} disabled={!playing} onClick={actions.togglePlay} />
      <ControlButton icon={sound.muted ? "muted" : "sound"} label={sound.muted ? "Unmute" : "Mute"} onClick={actions.toggleMute} />
      <input
        className="player-volume"
        type="range"
        min={0}
        max={100}
        step={1}
        aria-label="Volume"
        value={sound.muted ? 0 : Math.round(sound.volume * 100)}
        onChange={(event) => onVolume(Number(event.target.value) / 100)}
      />
      <span className="player-gap" />
      {children}
      <ControlButton icon="statistics" label="Statistics" pressed={panel === "statistics"} onClick={actions.toggleStatistics} />
      <ControlButton icon="help" label="Keyboard help" pressed={panel === "help"} onClick={actions.toggleHelp} />
      {document.pictureInPictureEnabled && (
        <ControlButton icon="pip" label="Picture in picture" disabled={!playing} onClick={() => void togglePictureInPicture().catch(() => undefined)} />
      )}
      <ControlButton icon="full" label={fullScreen ? "Leave full screen" : "Full screen"} onClick={actions.toggleFullScreen} />
    </div>
  );
}

interface ControlButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

function ControlButton({ icon, label, pressed, disabled, onClick }: ControlButtonProps) {
  return (
    <button type="button" className="control" aria-label={label} title={label} aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

function followFullScreen(listener: () => void): () => void {
  document.addEventListener("fullscreenchange", listener);
  return () => document.removeEventListener("fullscreenchange", listener);
}
