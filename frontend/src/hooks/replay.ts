/** A replay for components: its player, its chat, its keys, and the browser's own controls. */
import { type RefObject, useCallback, useEffect, useState } from "react";
import { bounds } from "../core/replay-parts";
import { ReplayChat } from "../live/replay-chat";
import { ReplayTheatre } from "../live/replay-player";
import type { Api } from "../protocol/api";
import { useStore } from "../store";
import { useKeys } from "./player-keys";

export interface ReplayActions {
  toggleMute(): void;
  toggleFullScreen(): void;
  toggleHelp(): void;
  closeHelp(): void;
}

/** Made once for the page; `startMs` is from the recording's beginning. */
export function useTheatre(api: Api, id: string, startMs: number): { readonly theatre: ReplayTheatre; readonly chat: ReplayChat } {
  const [made] = useState(() => ({ theatre: new ReplayTheatre(id, api.replays, startMs), chat: new ReplayChat(id, api.replays) }));
  const { replay } = useStore(made.theatre.store);
  const beginMs = replay === null ? null : bounds(replay.parts).fromMs;
  useEffect(() => (beginMs === null ? undefined : made.chat.start(made.theatre.clock, beginMs)), [made, beginMs]);
  return made;
}

const STEP_MS = 5000;
const LEAP_MS = 10_000;
const VOLUME_STEP = 0.05;
const RATE_STEP = 0.25;
const [SLOWEST, FASTEST] = [0.5, 2];

/** What the help lists. */
export const REPLAY_KEYS: readonly (readonly [string, string])[] = [
  ["Space, K", "pause or play"],
  ["← →", "5 seconds back, on"],
  ["J L", "10 seconds back, on"],
  ["0 … 9", "to so many tenths"],
  ["Home, End", "to the beginning, the end"],
  ["↑ ↓", "louder, softer"],
  ["M", "sound off or on"],
  ["< >", "slower, faster"],
  ["F", "full screen"],
  ["?", "this help"],
];

export function useReplayKeys(theatre: ReplayTheatre, actions: ReplayActions): void {
  useKeys(useCallback((key) => actionOf(key, theatre, actions), [theatre, actions]));
}

function actionOf(key: string, theatre: ReplayTheatre, actions: ReplayActions): (() => void) | null {
  const { fromMs, toMs } = bounds(theatre.store.get().replay?.parts ?? []);
  const by = (ms: number) => () => theatre.seek(theatre.clock.get() + ms);
  const louder = (step: number) => () => {
    const { muted, volume } = theatre.playout.store.get();
    theatre.playout.setVolume((muted ? 0 : volume) + step);
  };
  const faster = (step: number) => () => theatre.setRate(Math.min(FASTEST, Math.max(SLOWEST, theatre.store.get().rate + step)));
  if (/^\d$/.test(key)) return () => theatre.seek(fromMs + ((toMs - fromMs) * Number(key)) / 10);
  const keys: Readonly<Record<string, () => void>> = {
    " ": theatre.togglePlay,
    k: theatre.togglePlay,
    arrowleft: by(-STEP_MS),
    arrowright: by(STEP_MS),
    j: by(-LEAP_MS),
    l: by(LEAP_MS),
    home: () => theatre.seek(fromMs),
    end: () => theatre.seek(toMs),
    arrowup: louder(VOLUME_STEP),
    arrowdown: louder(-VOLUME_STEP),
    m: actions.toggleMute,
    "<": faster(-RATE_STEP),
    ">": faster(RATE_STEP),
    f: actions.toggleFullScreen,
    "?": actions.toggleHelp,
    escape: actions.closeHelp,
  };
  return keys[key.toLowerCase()] ?? null;
}

/** The keys of the keyboard, headset or lock screen: what is playing, and what they do (Media Session). */
export function useMediaSession(theatre: ReplayTheatre, video: RefObject<HTMLVideoElement | null>): void {
  const { replay, view } = useStore(theatre.store);
  useEffect(() => {
    if (replay === null || !("mediaSession" in navigator)) return undefined;
    const { mediaSession } = navigator;
    mediaSession.metadata = new MediaMetadata({
      title: replay.title || replay.channel_title || replay.channel,
      artist: replay.channel_title || replay.channel,
      artwork: replay.poster === null ? [] : [{ src: new URL(replay.poster, location.href).href }],
    });
    const handlers: Partial<Record<MediaSessionAction, MediaSessionActionHandler>> = {
      play: theatre.play,
      pause: theatre.pause,
      seekbackward: ({ seekOffset }) => theatre.seek(theatre.clock.get() - (seekOffset ?? LEAP_MS / 1000) * 1000),
      seekforward: ({ seekOffset }) => theatre.seek(theatre.clock.get() + (seekOffset ?? LEAP_MS / 1000) * 1000),
      seekto: ({ seekTime }) => theatre.seek(bounds(replay.parts).fromMs + (seekTime ?? 0) * 1000),
    };
    const names = Object.keys(handlers) as MediaSessionAction[];
    const handle = (name: MediaSessionAction, handler: MediaSessionActionHandler | null) => {
      try {
        mediaSession.setActionHandler(name, handler);
      } catch {
        // This browser does not know the action.
      }
    };
    for (const name of names) handle(name, handlers[name] ?? null);
    return () => {
      mediaSession.metadata = null;
      for (const name of names) handle(name, null);
    };
  }, [replay, theatre]);
  useEffect(() => {
    const element = video.current;
    if (element === null || replay === null || !("mediaSession" in navigator)) return undefined;
    const { fromMs, toMs } = bounds(replay.parts);
    const tell = () => {
      navigator.mediaSession.playbackState = element.paused ? "paused" : "playing";
      const duration = (toMs - fromMs) / 1000;
      const position = Math.min(duration, Math.max(0, (theatre.clock.get() - fromMs) / 1000));
      if (duration > 0) navigator.mediaSession.setPositionState?.({ duration, position, playbackRate: element.playbackRate });
    };
    const events = ["play", "pause", "seeked", "ratechange"] as const;
    for (const event of events) element.addEventListener(event, tell);
    tell();
    return () => {
      for (const event of events) element.removeEventListener(event, tell);
    };
  }, [replay, view.index, theatre, video]);
}
