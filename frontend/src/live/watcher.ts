/**
 * A viewer: connects a <video> element to a channel and keeps it connected. Adapter of `core/player.ts`.
 */
import type { PlaybackReading, PlaybackRow } from "../core/playback";
import { playbackRows } from "../core/playback";
import { PlayerCore, type PlayerInput, type PlayerView } from "../core/player";
import type { Api } from "../protocol/api";
import type { Channel, MediaKind } from "../protocol/types";
import { watch, type WhepSession } from "../protocol/whep";
import { Store } from "../store";
import { Driver, listenForWaking } from "./driver";
import { readAudioLevel, readPlayback } from "./stats";

export interface WatcherSnapshot {
  readonly view: PlayerView;
  readonly channel: Channel | null;
  /** From the beginning of the present connection to its first frame on the screen. */
  readonly firstFrameMs: number | null;
}

const STATS_EVERY_MS = 1000;

export class Watcher {
  readonly store: Store<WatcherSnapshot>;
  /** Rows of the statistics panel, refreshed each second while connected. */
  readonly statistics = new Store<readonly PlaybackRow[]>([]);
  readonly #core = new PlayerCore(Math.random);
  readonly #driver: Driver<PlayerInput>;
  readonly #tracks = new Map<MediaKind, MediaStreamTrack>();
  #stream = new MediaStream();
  #session: WhepSession | null = null;
  #video: HTMLVideoElement | null = null;
  #reading: PlaybackReading | null = null;
  #stops: (() => void)[] = [];
  #onBeforeLoss: () => void = () => undefined;

  constructor(
    private readonly name: string,
    private readonly api: Api,
  ) {
    this.store = new Store<WatcherSnapshot>({ view: this.#core.view, channel: null, firstFrameMs: null });
    this.#driver = new Driver<PlayerInput>(this.#core, {
      connect: (attempt, signal) => this.#connect(attempt, signal),
      disconnect: () => this.#disconnect(),
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
    this.#driver.feed({ kind: "close" });
  }

  /** Loudness of the sound just played, 0 to 1. */
  audioLevel = async (): Promise<number> => (this.#session === null ? 0 : readAudioLevel(this.#session.connection));

  async #connect(attempt: number, signal: AbortSignal): Promise<void> {
    const beganMs = performance.now();
    this.#stream = new MediaStream();
    this.#tracks.clear();
    this.#reading = null;
    this.store.update({ firstFrameMs: null });
    this.#session = await watch({
      channel: this.name,
      iceServers: this.api.iceServers(),
      signal,
      onTrack: (track) => this.#onTrack(track, attempt, beganMs),
      onConnection: (state) => this.#driver.feed({ kind: "transport", attempt, state }),
    });
    if (!this.#session.video) this.#tracks.delete("video");
    this.#syncTracks();
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

  #disconnect(): void {
    this.#onBeforeLoss();
    this.#session?.close();
    this.#session = null;
    this.statistics.set([]);
  }

  #onChannel(channel: Channel): void {
    this.store.update({ channel });
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
    const session = this.#session;
    if (session === null) return;
    const reading = await readPlayback(session.connection);
    if (session !== this.#session) return;
    const totalBytes = (reading.video?.bytes ?? 0) + (reading.audio?.bytes ?? 0);
    this.#driver.feed({ kind: "received", attempt: this.#core.attempt, totalBytes });
    this.statistics.set(playbackRows(this.#reading, reading, this.store.get().firstFrameMs));
    this.#reading = reading;
  }
}

function onFirstFrame(video: HTMLVideoElement, then: () => void): void {
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(then);
  else (video as HTMLVideoElement).addEventListener("loadeddata", then, { once: true });
}
