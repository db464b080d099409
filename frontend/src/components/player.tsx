/** The player: a <video> kept connected by `live/watcher.ts`, with states, controls and panels laid over it. */
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { type PlayerActions, usePlayerKeys } from "../hooks/player-keys";
import { useRestingPointer } from "../hooks/resting-pointer";
import type { PlayerState } from "../core/player";
import { isWayChoice, type WayChoice } from "../core/way";
import { GAPS_WORDS, picturelessWords } from "../core/words";
import { useStored } from "../hooks/stored";
import { Playout } from "../live/playout";
import { Watcher, type WatcherSnapshot } from "../live/watcher";
import type { Api } from "../protocol/api";
import { useStore } from "../store";
import { AudioArt } from "./audio-art";
import { PlayerControls } from "./player-controls";
import { PlayerHelp } from "./player-help";
import { PlayerNotice } from "./player-notice";
import { PlayerWay } from "./player-way";
import { RewindBar } from "./rewind-bar";
import { StatisticsPanel } from "./statistics-panel";

interface PlayerProps {
  readonly name: string;
  readonly api: Api;
  readonly onSnapshot: (snapshot: WatcherSnapshot) => void;
  /** Lies over the picture, below panels and controls. */
  readonly children?: ReactNode;
}

type Panel = "none" | "statistics" | "help";

export function Player({ name, api, onSnapshot, children }: PlayerProps) {
  const root = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const [playout] = useState(() => new Playout());
  const [wish, setWish] = useStored<{ way: WayChoice; soundOnly: boolean }>("harmonie.way", { way: "auto", soundOnly: false });
  const [watcher] = useState(() => new Watcher(name, api, isWayChoice(wish.way) ? wish.way : "auto", wish.soundOnly));
  const snapshot = useStore(watcher.store);
  const sound = useStore(playout.store);
  const [panel, setPanel] = useState<Panel>("none");
  const { state } = snapshot.view;

  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    const detach = playout.attach(element);
    const start = () => watcher.start(element, () => keepStill(element, still.current));
    const hide = () => watcher.stop();
    const show = (event: PageTransitionEvent) => {
      if (event.persisted) start();
    };
    start();
    window.addEventListener("pagehide", hide);
    window.addEventListener("pageshow", show);
    return () => {
      window.removeEventListener("pagehide", hide);
      window.removeEventListener("pageshow", show);
      watcher.stop();
      detach();
    };
  }, [watcher, playout]);

  useEffect(() => onSnapshot(snapshot), [snapshot, onSnapshot]);
  useEffect(() => {
    if (state === "live" || state === "offline" || state === "ended") clearStill(still.current);
  }, [state]);

  const toggle = useCallback((which: Panel) => setPanel((shown) => (shown === which ? "none" : which)), []);
  const [actions] = useState<PlayerActions>(() => ({
    togglePlay: () => {
      if (hasPicture(watcher.store.get().view.state)) playout.togglePlay();
    },
    toggleMute: () => playout.toggleMute(),
    changeVolume: (by) => playout.setVolume((playout.store.get().muted ? 0 : playout.store.get().volume) + by),
    toggleFullScreen: () => void toggleFullScreen(root.current, video.current),
    toggleStatistics: () => toggle("statistics"),
    toggleHelp: () => toggle("help"),
    closePanels: () => setPanel("none"),
    rewindBy: (seconds) => watcher.rewindBy(seconds),
    backToLive: () => watcher.rewindTo(0),
  }));
  usePlayerKeys(actions);
  const resting = useRestingPointer(root, state === "live" && !sound.paused && panel === "none");

  const { channel, way } = snapshot;
  const soundOnly = channel !== null && channel.live && (!channel.video || snapshot.soundOnly || snapshot.withoutPicture);
  const pictureMissing = channel !== null && channel.video && snapshot.withoutPicture && !snapshot.soundOnly && state === "live";
  const shows = hasPicture(state);
  return (
    <section
      ref={root}
      className="player"
      aria-label={`Player of ${name}`}
      data-testid="player"
      data-state={state}
      data-first-frame-ms={snapshot.firstFrameMs ?? undefined}
      data-resting={resting}
      data-way={way.way}
    >
      <video ref={video} data-testid="player-video" playsInline aria-label={`Live video of ${name}`} data-shown={shows && !soundOnly} />
      <canvas ref={still} className="player-still" aria-hidden="true" />
      {soundOnly && shows && <AudioArt name={name} level={watcher.audioLevel} />}
      <PlayerNotice name={name} view={snapshot.view} channel={snapshot.channel} />
      {pictureMissing && <p className="player-pictureless">{picturelessWords(channel.video_codec)}</p>}
      {snapshot.gaps && state === "live" && !soundOnly && (
        <p className="player-pictureless" role="status" data-testid="gaps">
          {GAPS_WORDS}
        </p>
      )}
      {children}
      {state === "live" && sound.blocked && (
        <button type="button" className="player-unmute" data-testid="unmute" onClick={() => playout.toggleMute()}>
          Tap to unmute
        </button>
      )}
      {panel === "statistics" && <StatisticsPanel store={watcher.statistics} onClose={() => setPanel("none")} />}
      {panel === "help" && <PlayerHelp onClose={() => setPanel("none")} />}
      <PlayerControls sound={sound} playing={shows} actions={actions} video={video} panel={panel} onVolume={(volume) => playout.setVolume(volume)}>
        <PlayerWay
          way={way}
          soundOnly={snapshot.soundOnly}
          delay={watcher.delay}
          onChoose={(choice) => {
            setWish({ way: choice });
            watcher.choose(choice);
          }}
          onSoundOnly={(only) => {
            setWish({ soundOnly: only });
            watcher.listenOnly(only);
          }}
        />
        {way.way === "hls" && shows && <RewindBar delay={watcher.delay} onRewind={(behindS) => watcher.rewindTo(behindS)} />}
      </PlayerControls>
    </section>
  );
}

function hasPicture(state: PlayerState): boolean {
  return state === "live" || state === "reconnecting";
}

/** The last frame stays on the screen while a new connection is made. */
function keepStill(video: HTMLVideoElement | null, canvas: HTMLCanvasElement | null): void {
  if (video === null || canvas === null || video.videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
}

function clearStill(canvas: HTMLCanvasElement | null): void {
  canvas?.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
}

export async function toggleFullScreen(root: HTMLElement | null, video: HTMLVideoElement | null): Promise<void> {
  if (document.fullscreenElement !== null) return document.exitFullscreen();
  if (root !== null && "requestFullscreen" in root) return root.requestFullscreen().catch(() => undefined);
  // Phones of one maker know full screen only for the video itself.
  (video as { webkitEnterFullscreen?: () => void } | null)?.webkitEnterFullscreen?.();
  return undefined;
}
