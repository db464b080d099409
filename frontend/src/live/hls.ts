/**
 * One attempt to play a broadcast by HLS in a <video> element. hls.js is loaded when it is first needed; where the
 * browser plays HLS by itself and has no Media Source Extensions (iPhones), it does so.
 *
 * Retrying belongs to `core/link.ts`, as for WebRTC.
 */
import type HlsType from "hls.js";
import { missesSome, type Offered, offeredIn } from "../core/hls-playlists";
import { startOf } from "../core/hls-start";
import { endSession } from "../protocol/session";
import type { ErrorData } from "hls.js";

export interface HlsOptions {
  readonly channel: string;
  readonly soundOnly: boolean;
  readonly video: HTMLVideoElement;
  readonly signal: AbortSignal;
  /** Where to begin: so far behind live; 0 is live. */
  readonly behindS: number;
  /** What the network carried the last time, which decides what is fetched first; null when that is not known. */
  readonly bandwidthBps: number | null;
  /** The stream's first playlists are there. */
  readonly onLoaded: (hasPicture: boolean) => void;
  /** It cannot go on. `status` is the answer's, null when it was none. */
  readonly onFailed: (status: number | null, detail: string) => void;
}

export interface HlsReading {
  /** Rises while it plays, or is paused with something to play: what stands still is begun again. */
  readonly progress: number;
  /** From the artist's picture, as the server dates it, to ours. */
  readonly latencyMs: number | null;
  readonly bufferedS: number;
  readonly bitrateBps: number | null;
  readonly codecs: string | null;
  readonly dropped: number;
  /** The server leaves pictures out of what is played now: it does not keep up with making it. */
  readonly gaps: boolean;
}

export interface HlsSession {
  readonly reading: () => HlsReading;
  /** What the network carries, null when that was not measured. */
  readonly bandwidthBps: () => number | null;
  /** Bounds of what can be played, and where live is, on the element's clock; null while that is not known. */
  readonly bounds: () => { readonly startS: number; readonly liveS: number } | null;
  /** Whether to stay at the live end, by playing a little faster when behind. */
  follow(live: boolean): void;
  close(): void;
}

const CATCH_UP_RATE = 1.06;
/** What is oldest goes in a moment. */
const FIRST_S = 1;
/** Readings, about one a second, in which it fetches without playing; then it is stuck. */
const SLOW_READINGS = 15;
const OPUS = 'audio/mp4; codecs="opus"';
const NATIVE_TYPE = "application/vnd.apple.mpegurl";

export function canPlayHls(): boolean {
  return "MediaSource" in window || "ManagedMediaSource" in window || document.createElement("video").canPlayType(NATIVE_TYPE) !== "";
}

export async function playHls(options: HlsOptions): Promise<HlsSession> {
  const url = `/hls/${encodeURIComponent(options.channel)}/index.m3u8`;
  const { default: Hls } = await import("hls.js");
  options.signal.throwIfAborted();
  if (Hls.isSupported()) return withLibrary(Hls, url, options);
  const answer = await fetch(url, { signal: options.signal });
  const offered = answer.ok ? offeredIn(await answer.text()) : [];
  options.signal.throwIfAborted();
  if (offered.length === 0) options.onFailed(answer.ok ? null : answer.status, "there is no playlist");
  return natively(url, offered, options);
}

function withLibrary(Hls: typeof HlsType, url: string, options: HlsOptions): HlsSession {
  const { video } = options;
  const hls = new Hls({
    lowLatencyMode: true,
    // Begun with a position, below.
    autoStartLoad: false,
    // The page's policy allows no workers made of strings, and fragments of MP4 need no rewriting.
    enableWorker: false,
    backBufferLength: 60,
    maxBufferLength: 20,
    maxLiveSyncPlaybackRate: CATCH_UP_RATE,
    liveSyncOnStallIncrease: 0.4,
    // AAC is offered as well, but only made for who asks for it.
    ...(options.bandwidthBps === null ? {} : { abrEwmaDefaultEstimate: options.bandwidthBps }),
    ...(Hls.getMediaSource()?.isTypeSupported(OPUS) === true ? { audioPreference: { audioCodec: "opus" } } : {}),
  });
  let fetched = 0;
  hls.on(Hls.Events.BUFFER_APPENDED, () => {
    fetched += 1;
  });
  const progress = progressOf(video, () => fetched);
  let sound: string | null = null;
  let played: string | null = null;
  let failed = false;
  const fail = (status: number | null, detail: string) => {
    if (failed) return;
    failed = true;
    options.onFailed(status, detail);
  };
  let recovered = false;
  hls.on(Hls.Events.MANIFEST_PARSED, (_event, data) => {
    const hasPicture = data.levels.some((level) => level.videoCodec !== undefined || level.width > 0);
    // Those of the chosen picture are not known yet; of all, what the browser cannot decode is left out already.
    const track = hls.allAudioTracks[0]?.url;
    if (options.soundOnly && hasPicture && sound === null && track) {
      sound = track;
      hls.loadSource(sound);
      return;
    }
    options.onLoaded(hasPicture && sound === null);
    const playlist = data.levels[data.firstLevel]?.uri ?? data.levels[0]?.uri;
    played = playlist ?? null;
    void startFrom(playlist, options.signal).then((startS) => {
      if (options.signal.aborted || failed) return;
      hls.startLoad(startS < 0 ? startS : Math.max(Math.min(startS, FIRST_S), startS - options.behindS));
    });
  });
  hls.on(Hls.Events.ERROR, (_event, data: ErrorData) => {
    // The stream's own name is gone: a new one has begun, or it was not wanted for a while.
    const gone = data.response?.code === 404 && data.type === Hls.ErrorTypes.NETWORK_ERROR && data.details.startsWith("level");
    if (!data.fatal && !gone) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true;
      hls.recoverMediaError();
      return;
    }
    fail(data.response?.code ?? null, `${data.type}: ${data.details}`);
  });
  hls.attachMedia(video);
  hls.loadSource(url);
  return {
    reading: () => {
      const playing = hls.playingDate;
      const level = hls.levels[hls.currentLevel];
      const quality = video.getVideoPlaybackQuality();
      return {
        progress: progress(),
        latencyMs: playing === null ? null : Date.now() - playing.getTime(),
        bufferedS: bufferedAhead(video),
        bitrateBps: level?.bitrate ?? null,
        codecs: [level?.videoCodec, level?.audioCodec ?? hls.audioTracks[hls.audioTrack]?.audioCodec].filter(Boolean).join(", ") || null,
        dropped: quality.droppedVideoFrames,
        gaps: missesSome(level?.details?.fragments ?? [], video.currentTime),
      };
    },
    bandwidthBps: () => (fetched === 0 ? null : hls.bandwidthEstimate),
    bounds: () => {
      const details = hls.latestLevelDetails;
      const first = details?.fragments[0];
      const liveS = hls.liveSyncPosition;
      return first === undefined || liveS === null ? null : { startS: first.start, liveS };
    },
    follow: (live) => {
      hls.config.maxLiveSyncPlaybackRate = live ? CATCH_UP_RATE : 1;
      if (!live) video.playbackRate = 1;
    },
    close: () => {
      hls.destroy();
      leaveStream(sound ?? played);
    },
  };
}

/** Says that nobody plays it here any more, so that who goes on by WebRTC is not counted twice. `playlist` has the player's id. */
function leaveStream(playlist: string | null): void {
  if (playlist !== null && new URL(playlist, location.href).searchParams.has("player")) endSession(playlist);
}

/** Where to begin; -1 leaves it to the library. */
async function startFrom(playlist: string | undefined, signal: AbortSignal): Promise<number> {
  if (playlist === undefined) return -1;
  try {
    const answer = await fetch(playlist, { signal });
    return answer.ok ? (startOf(await answer.text()) ?? -1) : -1;
  } catch {
    return -1;
  }
}

/**
 * The browser does everything; it plays behind the live end by the playlist's word. It fetches the playlists once more, with
 * the id that `offered` has, so that the page can say for it that it leaves.
 */
function natively(url: string, offered: readonly Offered[], options: HlsOptions): HlsSession {
  const { video } = options;
  const progress = progressOf(video);
  const base = new URL(url, location.href);
  const addressOf = (stream: Offered) => new URL(stream.uri, base);
  const played = offered.find(({ picture, codecs }) => picture !== options.soundOnly && video.canPlayType(`video/mp4; codecs="${codecs}"`) !== "") ?? offered[0];
  const alone = options.soundOnly && played?.picture === false;
  const bounds = () => {
    const { seekable } = video;
    return seekable.length === 0 ? null : { startS: seekable.start(0), liveS: seekable.end(seekable.length - 1) };
  };
  const loaded = () => {
    const known = bounds();
    if (known !== null && options.behindS > 0) video.currentTime = Math.max(known.startS + FIRST_S, known.liveS - options.behindS);
    options.onLoaded(video.videoWidth > 0);
  };
  const failed = () => options.onFailed(null, video.error?.message ?? "the browser could not play it");
  video.addEventListener("loadedmetadata", loaded);
  video.addEventListener("error", failed);
  if (played !== undefined) {
    const player = addressOf(played).searchParams.get("player");
    if (player !== null) base.searchParams.set("player", player);
    video.src = alone ? addressOf(played).href : base.href;
  }
  return {
    reading: () => ({ progress: progress(), latencyMs: nativeLatency(video), bufferedS: bufferedAhead(video), bitrateBps: null, codecs: null, dropped: 0, gaps: false }),
    bandwidthBps: () => null,
    bounds,
    follow: () => undefined,
    close: () => {
      video.removeEventListener("loadedmetadata", loaded);
      video.removeEventListener("error", failed);
      video.removeAttribute("src");
      video.load();
      leaveStream(played === undefined ? null : addressOf(played).href);
    },
  };
}

function nativeLatency(video: HTMLVideoElement): number | null {
  const began = (video as { getStartDate?: () => Date }).getStartDate?.().getTime() ?? NaN;
  return Number.isNaN(began) ? null : Date.now() - began - video.currentTime * 1000;
}

/** `fetched` rises with what comes over the network: while that goes on, a network that is only slow is given some time. */
function progressOf(video: HTMLVideoElement, fetched: () => number = () => 0): () => number {
  let count = 0;
  let atS = -1;
  let had = 0;
  let patience = SLOW_READINGS;
  return () => {
    const rests = video.paused && video.readyState >= HTMLMediaElement.HAVE_METADATA;
    const plays = rests || video.currentTime !== atS;
    if (plays) patience = SLOW_READINGS;
    else if (fetched() !== had) patience -= 1;
    if (plays || (fetched() !== had && patience > 0)) count += 1;
    atS = video.currentTime;
    had = fetched();
    return count;
  };
}

function bufferedAhead(video: HTMLVideoElement): number {
  for (let index = 0; index < video.buffered.length; index += 1) {
    if (video.buffered.start(index) <= video.currentTime + 0.1 && video.currentTime <= video.buffered.end(index)) {
      return video.buffered.end(index) - video.currentTime;
    }
  }
  return 0;
}
