/** The player of a replay: a <video> driven by `live/replay-player.ts`, with what is said and shown laid over it. */
import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { type ReplayActions, REPLAY_KEYS, useMediaSession, useReplayKeys } from "../../hooks/replay";
import { useRestingPointer } from "../../hooks/resting-pointer";
import type { ReplayChat } from "../../live/replay-chat";
import type { ReplayTheatre } from "../../live/replay-player";
import type { Replay } from "../../protocol/replays";
import { useStore } from "../../store";
import { NameArt } from "../name-art";
import { toggleFullScreen } from "../player";
import { PlayerHelp } from "../player-help";
import { TipCard } from "../tips/tip-overlay";
import { ReplayControls } from "./replay-controls";
import { Waveform } from "./waveform";

interface ReplayPlayerProps {
  readonly theatre: ReplayTheatre;
  readonly chat: ReplayChat;
  readonly name: string;
}

export function ReplayPlayer({ theatre, chat, name }: ReplayPlayerProps) {
  const root = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const { replay, view, problem } = useStore(theatre.store);
  const sound = useStore(theatre.playout.store);
  const { tip } = useStore(chat.store);
  const [help, setHelp] = useState(false);
  useEffect(() => (video.current === null ? undefined : theatre.start(video.current)), [theatre]);
  const [actions] = useState<ReplayActions>(() => ({
    toggleMute: () => theatre.playout.toggleMute(),
    toggleFullScreen: () => void toggleFullScreen(root.current, video.current),
    toggleHelp: () => setHelp((shown) => !shown),
    closeHelp: () => setHelp(false),
  }));
  useReplayKeys(theatre, actions);
  useMediaSession(theatre, video);
  const resting = useRestingPointer(root, view.state === "playing" && !help);
  // The finger that brings the controls back has done what it came for.
  const waking = useRef(false);
  const onPicture = {
    // On the way down: on the way up they are back already.
    onPointerDownCapture: (event: PointerEvent) => {
      waking.current = resting && event.pointerType === "touch";
    },
    onClick: () => {
      if (!waking.current) theatre.togglePlay();
      waking.current = false;
    },
  };
  const unreachable = view.state === "unreachable" || (replay === null && problem !== "");
  const pictureless = replay !== null && (replay.parts[view.index]?.width ?? null) === null;
  return (
    <section ref={root} className="player replay-player" aria-label={`Player of a broadcast of ${name}`} data-testid="replay-player" data-state={view.state} data-trouble={unreachable || view.state === "unplayable"} data-waiting={view.waiting} data-resting={resting}>
      <video
        ref={video}
        data-testid="replay-video"
        playsInline
        preload="auto"
        poster={replay?.poster ?? undefined}
        aria-label={`Video of a broadcast of ${name}`}
        data-shown={!pictureless}
        {...onPicture}
      />
      {pictureless && (
        <div className="audio-art" data-testid="replay-sound" {...onPicture}>
          <NameArt name={name} />
          {replay.waveform !== null && <Waveform theatre={theatre} replay={replay} url={replay.waveform} />}
        </div>
      )}
      <Notice theatre={theatre} replay={replay} problem={problem} unreachable={unreachable} />
      <div className="replay-tips">
        <TipCard tip={tip} />
      </div>
      {view.state === "playing" && sound.blocked && (
        <button type="button" className="player-unmute" data-testid="unmute" onClick={() => theatre.playout.toggleMute()}>
          Tap to unmute
        </button>
      )}
      {help && <PlayerHelp keys={REPLAY_KEYS} onClose={() => setHelp(false)} />}
      {replay !== null && <ReplayControls theatre={theatre} replay={replay} density={chat.density} actions={actions} video={video as RefObject<HTMLVideoElement | null>} help={help} />}
    </section>
  );
}

interface NoticeProps {
  readonly theatre: ReplayTheatre;
  readonly replay: Replay | null;
  readonly problem: string;
  readonly unreachable: boolean;
}

function Notice({ theatre, replay, problem, unreachable }: NoticeProps) {
  const { view } = useStore(theatre.store);
  const part = replay?.parts[view.index];
  return (
    <div className="player-notice" role="status" data-notice={view.state}>
      {unreachable && (
        <>
          <p className="player-notice-head">{replay === null ? "The recording could not be fetched." : "The recording does not come any more."}</p>
          <p>{problem || "The connection may be down. It is tried again by itself."}</p>
          <button type="button" className="button replay-over" onClick={theatre.retry}>
            Try again now
          </button>
        </>
      )}
      {view.state === "unplayable" && part !== undefined && (
        <>
          <p className="player-notice-head">Your browser cannot play this.</p>
          <p>It is in the format the artist sent. Another browser may know it, and so may a player on your machine.</p>
          <p className="buttons replay-over">
            <a className="button" href={`${part.url}&download=true`} download data-testid="replay-download">
              Download
            </a>
            {replay?.parts[view.index + 1] !== undefined && (
              <button type="button" className="button" onClick={() => theatre.seek(part.start_ms + part.duration_ms)}>
                Skip this part
              </button>
            )}
          </p>
        </>
      )}
      {replay !== null && replay.parts.length === 0 && <p className="player-notice-head">Nothing was kept of this broadcast.</p>}
      {!unreachable && view.state !== "unplayable" && (replay === null || view.waiting) && <p className="replay-wait">One moment…</p>}
    </div>
  );
}
