/**
 * A viewer: connects a <video> element to a channel and keeps it connected, by WebRTC or by HLS. Adapter of
 * `core/player.ts` and `core/way.ts`.
 */
import { amplitudeOf } from "../core/level";
import type { Parting } from "../core/link";
import type { PlaybackReading, PlaybackRow } from "../core/playback";
import { hlsRows, playbackRows } from "../core/playback";
import { PlayerCore, type PlayerInput, type PlayerView } from "../core/player";
import { behindAfter, type Left, LiveKeeper, type Rewind, rewindOf, seekTarget } from "../core/rewind";
import { WayCore, type WayChoice, type WayView } from "../core/way";
import { wayWords } from "../core/words";
import type { Api } from "../protocol/api";
import type { Channel, MediaKind } from "../protocol/types";
import { watch, type WhepSession } from "../protocol/whep";
import { Store } from "../store";
import { Driver, listenForWaking } from "./driver";
import { type Hearing, hearElement } from "./hearing";
import { canPlayHls, type HlsSession, playHls } from "./hls";
import { readAudioLevel, readPlayback } from "./stats";

export interface WatcherSnapshot {
  readonly view: PlayerView;
  readonly channel: Channel | null;
  /** From the beginning of the present connection to its first frame on the screen. */
  readonly firstFrameMs: number | null;
  readonly way: WayView;
  /** The person wants no picture. */
  readonly soundOnly: boolean;
  /** What is received has no picture, though the broadcast has one: HLS carries no VP8. */
  readonly withoutPicture: boolean;
  /** The server leaves pictures out of what is watched: it does not keep up with making it. */
  readonly gaps: boolean;
}

/** What is known of the broadcast's past, and how old what is seen is; only by HLS. */
export interface Delay {
  readonly rewind: Rewind | null;
  readonly latencyMs: number | null;
}

const STATS_EVERY_MS = 1000;
const NOT_LIVE = 409;
const NO_DELAY: Delay = { rewind: null, latencyMs: null };

export class Watcher {
  readonly store: Store<WatcherSnapshot>;
  /** Rows of the statistics panel, refreshed each second while connected. */
  readonly statistics = new Store<readonly PlaybackRow[]>([]);
  readonly delay = new Store<Delay>(NO_DELAY);
  readonly #core = new PlayerCore(Math.random);
  readonly #way: WayCore;
  readonly #driver: Driver<PlayerInput>;
  readonly #tracks = new Map<MediaKind, MediaStreamTrack>();
  #stream = new MediaStream();
  #session: WhepSession | null = null;
  #hls: HlsSession | null = null;
  #keeper = new LiveKeeper();
  #left: Left | null = null;
  #hearing: Hearing | null = null;
  #bandwidthBps: number | null = null;
  #answered = false;
  #video: HTMLVideoElement | null = null;
  #reading: PlaybackReading | null = null;
  #stops: (() => void)[] = [];
  #onBeforeLoss: () => void = () => undefined;

  constructor(
    private readonly name: string,
    private readonly api: Api,
    choice: WayChoice,
    soundOnly: boolean,
  ) {
    this.#way = new WayCore(choice, { realtime: "RTCPeerConnection" in window, hls: canPlayHls() });
    this.store = new Store<WatcherSnapshot>({
      view: this.#core.view,
      channel: null,
      firstFrameMs: null,
      way: this.#way.view,
      soundOnly,
      withoutPicture: false,
      gaps: false,
    });
    this.#driver = new Driver<PlayerInput>(this.#core, {
      connect: (attempt, signal) => this.#connect(attempt, signal),
      disconnect: (why) => this.#disconnect(why),
      changed: () => this.#changed(),
    });
  }

  /**
   * Begin, or begin again after `stop`. The first offer leaves in the same task; the event stream opens beside it.
   * `onBeforeLoss` is called just before the picture is taken away, while the element still shows it.
   */
  start(video: HTMLVideoElement, onBeforeLoss: () => void): void {
    this.#video = video;
    this.#onBeforeLoss = onBeforeLoss;
    // With a picture, its first frame counts (see #onTrack); a hidden page presents no frames, but plays.
    const playing = () => {
      const awaitsFrame = this.#stream.getVideoTracks().length > 0 && document.visibilityState === "visible";
      if (!awaitsFrame) this.#driver.feed({ kind: "media", attempt: this.#core.attempt });
    };
    const poll = setInterval(() => void this.#poll(), STATS_EVERY_MS);
    video.addEventListener("playing", playing);
    this.#driver.feed({ kind: "open" });
    void this.api.config().then(({ hls }) => {
      if (hls) return;
      this.#way.learn({ hls: false });
      this.#follow();
    });
    this.#stops = [
      () => clearInterval(poll),
      () => video.removeEventListener("playing", playing),
      listenForWaking(this.#driver.feed),
      this.api.watchChannel(this.name, {
        state: (channel) => this.#onChannel(channel),
        connected: (connected) => this.#driver.feed({ kind: "events", connected }),
      }),
    ];
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#way.rest();
    this.#driver.feed({ kind: "close" });
  }

  choose(choice: WayChoice): void {
    this.#way.choose(choice);
    this.#follow();
  }

  listenOnly(soundOnly: boolean): void {
    this.store.update({ soundOnly });
    this.#driver.feed({ kind: "restart" });
  }

  /** Play what was on stage so long ago; 0 is live. Nothing where the past is not kept. */
  rewindTo(behindS: number): void {
    const bounds = this.#hls?.bounds();
    if (!bounds || this.#video === null) return;
    this.#keeper.followed(behindS <= 0);
    this.#hls?.follow(behindS <= 0);
    this.#video.currentTime = seekTarget(bounds.startS, bounds.liveS, behindS);
    this.#tellDelay();
  }

  rewindBy(seconds: number): void {
    const { rewind } = this.delay.get();
    if (rewind !== null) this.rewindTo(rewind.behindS - seconds);
  }

  /** Loudness of the sound just played, 0 to 1. */
  audioLevel = async (): Promise<number> => {
    if (this.#session !== null) return readAudioLevel(this.#session.connection);
    if (this.#hls === null) return 0;
    this.#hearing ??= hearElement(this.#video);
    return amplitudeOf(this.#hearing?.read(performance.now()) ?? []);
  };

  async #connect(attempt: number, signal: AbortSignal): Promise<void> {
    const beganMs = performance.now();
    this.#stream = new MediaStream();
    this.#tracks.clear();
    this.#reading = null;
    this.#answered = false;
    this.store.update({ firstFrameMs: null, withoutPicture: false, gaps: false });
    if (this.#way.view.way === "hls") return this.#connectHls(attempt, signal, beganMs);
    this.#session = await watch({
      channel: this.name,
      iceServers: this.api.iceServers(),
      soundOnly: this.store.get().soundOnly,
      signal,
      onTrack: (track) => this.#onTrack(track, attempt, beganMs),
      onConnection: (state) => {
        if (state === "connected") this.#way.connected(performance.now());
        this.#driver.feed({ kind: "transport", attempt, state });
      },
    });
    this.#answered = true;
    if (this.#session.connection.connectionState !== "connected") this.#way.answered(performance.now());
    if (!this.#session.video) this.#tracks.delete("video");
    this.#syncTracks();
  }

  async #connectHls(attempt: number, signal: AbortSignal, beganMs: number): Promise<void> {
    const video = this.#video;
    if (video === null) return;
    video.srcObject = null;
    const behindS = behindAfter(this.#left, performance.now());
    this.#left = null;
    this.#keeper = new LiveKeeper();
    this.#keeper.followed(behindS === 0);
    const session = await playHls({
      channel: this.name,
      soundOnly: this.store.get().soundOnly,
      video,
      signal,
      behindS,
      bandwidthBps: this.#bandwidthBps,
      onLoaded: (hasPicture) => {
        this.store.update({ withoutPicture: !hasPicture });
        onFirstFrame(video, () => {
          if (attempt !== this.#core.attempt) return;
          this.store.update({ firstFrameMs: Math.round(performance.now() - beganMs) });
          this.#driver.feed({ kind: "media", attempt });
        });
        this.#driver.feed({ kind: "transport", attempt, state: "connected" });
      },
      onFailed: (status, detail) => {
        if (status === null) this.#driver.feed({ kind: "transport", attempt, state: "failed" });
        else this.#driver.feed({ kind: "refused", attempt, status: status === 404 ? NOT_LIVE : status, detail, retryAfterMs: null });
      },
    });
    if (behindS > 0) session.follow(false);
    if (signal.aborted) session.close();
    else this.#hls = session;
  }

  #onTrack(track: MediaStreamTrack, attempt: number, beganMs: number): void {
    this.#tracks.set(track.kind as MediaKind, track);
    this.#syncTracks();
    const video = this.#video;
    if (video === null || video.srcObject === this.#stream) return;
    video.srcObject = this.#stream;
    onFirstFrame(video, () => {
      if (attempt !== this.#core.attempt) return;
      this.store.update({ firstFrameMs: Math.round(performance.now() - beganMs) });
      this.#driver.feed({ kind: "media", attempt });
    });
  }

  /** A video track that will never carry a frame would keep the element from playing the sound. */
  #syncTracks(): void {
    for (const [kind, track] of this.#tracks) {
      const wanted = kind === "audio" || this.store.get().channel?.video !== false;
      if (wanted) this.#stream.addTrack(track);
      else this.#stream.removeTrack(track);
    }
  }

  #disconnect(why: Parting): void {
    this.#onBeforeLoss();
    if (why === "lost" && this.#answered) this.#way.failed(performance.now());
    this.#answered = false;
    this.#session?.close();
    this.#session = null;
    this.#bandwidthBps = this.#hls?.bandwidthBps() ?? this.#bandwidthBps;
    this.#leaveHls();
    this.statistics.set([]);
    this.delay.set(NO_DELAY);
    // Not at once: the link is in the middle of leaving.
    queueMicrotask(() => this.#follow());
  }

  #leaveHls(): void {
    const { rewind } = this.delay.get();
    if (this.#hls !== null) this.#left = this.#keeper.following || rewind === null ? null : { behindS: rewind.behindS, atMs: performance.now() };
    this.#hls?.close();
    this.#hls = null;
    this.#hearing?.close();
    this.#hearing = null;
  }

  /** Go the way that is right now. */
  #follow(): void {
    const way = this.#way.view;
    const before = this.store.get().way;
    if (way.way === before.way && way.choice === before.choice && way.why === before.why) return;
    this.store.update({ way });
    if (way.way !== before.way) this.#driver.feed({ kind: "restart" });
  }

  #onChannel(channel: Channel): void {
    this.store.update({ channel });
    if (!channel.live) {
      this.#way.rest();
      this.#left = null; // the next broadcast has a past of its own
    }
    this.#syncTracks();
    this.#driver.feed({ kind: "channel", channel });
  }

  #changed(): void {
    const view = this.#core.view;
    const before = this.store.get().view;
    const keys = Object.keys(view) as (keyof PlayerView)[];
    if (keys.some((key) => before[key] !== view[key])) this.store.update({ view });
  }

  async #poll(): Promise<void> {
    this.#way.passed(performance.now());
    this.#follow();
    if (this.#hls !== null) return this.#pollHls(this.#hls);
    const session = this.#session;
    if (session === null) return;
    const reading = await readPlayback(session.connection);
    if (session !== this.#session) return;
    const totalBytes = (reading.video?.bytes ?? 0) + (reading.audio?.bytes ?? 0);
    this.#driver.feed({ kind: "received", attempt: this.#core.attempt, totalBytes });
    this.statistics.set([this.#wayRow(), ...playbackRows(this.#reading, reading, this.store.get().firstFrameMs)]);
    this.#reading = reading;
  }

  #pollHls(session: HlsSession): void {
    const reading = session.reading();
    this.#driver.feed({ kind: "received", attempt: this.#core.attempt, totalBytes: reading.progress });
    if (reading.gaps !== this.store.get().gaps) this.store.update({ gaps: reading.gaps });
    const { videoWidth: width = 0, videoHeight: height = 0 } = this.#video ?? {};
    this.statistics.set([this.#wayRow(), ...hlsRows({ ...reading, width, height }, this.store.get().firstFrameMs)]);
    this.#tellDelay();
    const { rewind } = this.delay.get();
    const playing = rewind !== null && this.#video?.paused === false && this.#core.view.state === "live";
    if (playing && this.#keeper.reading(rewind.behindS, performance.now())) this.rewindTo(0);
  }

  #tellDelay(): void {
    const bounds = this.#hls?.bounds() ?? null;
    const rewind = bounds === null || this.#video === null ? null : rewindOf(bounds.startS, bounds.liveS, this.#video.currentTime);
    this.delay.set({ rewind, latencyMs: this.#hls?.reading().latencyMs ?? null });
  }

  #wayRow(): PlaybackRow {
    return { label: "Way", value: wayWords(this.#way.view) };
  }
}

function onFirstFrame(video: HTMLVideoElement, then: () => void): void {
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(then);
  else (video as HTMLVideoElement).addEventListener("loadeddata", then, { once: true });
}
