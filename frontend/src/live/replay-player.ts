/**
 * A replay in a <video> element: fetched, played, and fetched again when its addresses expire. Adapter of
 * `core/replay-player.ts`; the sound is `live/playout.ts`'s.
 */
import { refusalWords } from "../core/refusals";
import { type MediaFailure, type ReplayEffect, ReplayPlayer, type ReplayView } from "../core/replay-player";
import { ProblemError } from "../protocol/problem";
import type { Replay, ReplaysApi } from "../protocol/replays";
import { Store } from "../store";
import { Playout } from "./playout";

export interface ReplaySnapshot {
  /** Null until it was fetched. */
  readonly replay: Replay | null;
  /** It is not there, or not for this person. */
  readonly gone: boolean;
  /** Why it could not be fetched, empty when it could or was never tried. */
  readonly problem: string;
  readonly view: ReplayView;
  readonly rate: number;
}

const AGAIN_MS = 8000;
const BLOCKED_MS = 800;
const LATE_MS = 3000;

export class ReplayTheatre {
  readonly store: Store<ReplaySnapshot>;
  /** Where it is, in ms of the broadcast's clock: changes some times a second. */
  readonly clock: Store<number>;
  readonly playout = new Playout();
  readonly #player = new ReplayPlayer();
  #video: HTMLVideoElement | null = null;
  #turn = 0;
  #fetched = 0;
  #rate = 1;
  #again: ReturnType<typeof setTimeout> | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;
  /** It was fetched again, because its files had been moved to a store. */
  #moved = false;

  constructor(
    readonly id: string,
    private readonly api: ReplaysApi,
    /** From the beginning of the recording. */
    private readonly startMs: number,
  ) {
    this.store = new Store<ReplaySnapshot>({ replay: null, gone: false, problem: "", view: this.#player.view, rate: 1 });
    this.clock = new Store(0);
  }

  /** Fetch it and play it in this element until the returned function is called. */
  start(video: HTMLVideoElement): () => void {
    this.#video = video;
    const detach = this.playout.attach(video);
    const stop = new AbortController();
    for (const [event, act] of this.#listeners(video)) video.addEventListener(event, act, { signal: stop.signal });
    window.addEventListener("online", this.retry, { signal: stop.signal });
    this.#do(this.#player.play(Date.now()));
    void this.#fetch();
    return () => {
      stop.abort();
      clearTimeout(this.#again);
      clearTimeout(this.#late);
      detach();
      this.#video = null;
      unload(video);
    };
  }

  togglePlay = (): void => {
    const { state, wanted } = this.#player.view;
    const plays = wanted && (state === "playing" || state === "loading");
    this.#do(plays ? this.#player.pause() : this.#player.play(Date.now()));
  };

  play = (): void => this.#do(this.#player.play(Date.now()));
  pause = (): void => this.#do(this.#player.pause());

  /** To a moment of the broadcast's clock. */
  seek = (clockMs: number): void => this.#do(this.#player.seek(clockMs, Date.now()));

  retry = (): void => {
    if (this.store.get().replay === null) void this.#fetch();
    else this.#do(this.#player.retry());
  };

  setRate = (rate: number): void => {
    this.#rate = rate;
    this.store.update({ rate });
    if (this.#video === null) return;
    this.#video.defaultPlaybackRate = rate;
    this.#video.playbackRate = rate;
  };

  /** Some browsers play nothing at all, not even muted, before somebody touches the page. */
  readonly #lookWhetherItPlays = (): void => {
    const video = this.#video;
    if (video?.paused !== true || video.ended || this.#player.view.state !== "playing") return;
    this.#do(this.#player.blocked());
  };

  #listeners(video: HTMLVideoElement): readonly (readonly [string, () => void])[] {
    // A file that fails pauses by itself, and nobody wanted that.
    const pausedByPerson = () => video.paused && !video.ended && video.error === null && this.#player.view.state === "playing";
    const now = () => this.#player.time(this.#turn, video.currentTime * 1000);
    return [
      ["loadedmetadata", () => this.#do(this.#player.ready(this.#turn))],
      ["timeupdate", () => this.#do(now())],
      ["playing", () => this.#do(this.#player.flows(this.#turn, true))],
      ["canplay", () => this.#do(this.#player.flows(this.#turn, true))],
      [
        "waiting",
        () => {
          this.#do(this.#player.flows(this.#turn, false));
          this.#lookWhetherMoved(video, this.#turn);
        },
      ],
      ["ended", () => this.#do(this.#player.finished(this.#turn, Date.now()))],
      ["error", () => void this.#failed(video, this.#turn)],
      // The browser's own buttons, such as those of picture in picture.
      ["pause", () => this.#do(pausedByPerson() ? this.#player.pause() : [])],
      ["play", () => this.#do(video.paused ? [] : this.#player.play(Date.now()))],
    ];
  }

  /** A browser may ask for a minute before it says that it follows no address to another place. */
  #lookWhetherMoved(video: HTMLVideoElement, turn: number): void {
    clearTimeout(this.#late);
    if (this.#moved) return;
    this.#late = setTimeout(() => {
      if (turn !== this.#turn || !this.#player.view.waiting) return;
      void isElsewhere(video.src).then((elsewhere) => {
        if (!elsewhere) return;
        this.#moved = true;
        this.#do(this.#player.failed(turn, "network"));
      });
    }, LATE_MS);
  }

  async #failed(video: HTMLVideoElement, turn: number): Promise<void> {
    const failure = video.error?.code === MediaError.MEDIA_ERR_NETWORK ? "network" : await failureOf(video.src);
    this.#do(this.#player.failed(turn, failure));
  }

  async #fetch(): Promise<void> {
    try {
      const replay = await this.api.get(this.id);
      const mark = again(this.#fetched);
      this.#fetched += 1;
      const parts = replay.parts.map((part) => ({ ...part, url: part.url + mark, playable: plays(this.#video, part.type) }));
      const startMs = (parts[0]?.start_ms ?? 0) + this.startMs;
      this.store.update({ replay, problem: "", gone: false });
      this.#do(this.#player.replay(parts, Date.parse(replay.expires_at), startMs));
    } catch (error) {
      // While it is still being finished (409) it is worth another try.
      const gone = error instanceof ProblemError && error.status < 500 && ![409, 429].includes(error.status);
      this.store.update({ gone, problem: refusalWords(error) });
      this.#do(gone ? this.#player.pause() : this.#player.refreshFailed());
    }
  }

  #do(effects: readonly ReplayEffect[]): void {
    const video = this.#video;
    for (const effect of effects) {
      switch (effect.kind) {
        case "load":
          this.#turn = effect.turn;
          if (video !== null) video.src = effect.url;
          break;
        case "seek":
          if (video !== null) video.currentTime = effect.offsetMs / 1000;
          this.setRate(this.#rate);
          break;
        case "play":
          if (video?.paused === true) this.playout.togglePlay();
          setTimeout(this.#lookWhetherItPlays, BLOCKED_MS);
          break;
        case "pause":
          if (video?.paused === false) this.playout.togglePlay();
          break;
        case "unload":
          if (video !== null) unload(video);
          break;
        case "refresh":
          void this.#fetch();
          break;
      }
    }
    this.#show();
  }

  #show(): void {
    const { view } = this.#player;
    // Wanted or not, the first file begins by itself as soon as it is there (`live/playout.ts`).
    if (view.state === "paused" && this.#video?.paused === false) this.playout.togglePlay();
    const shown = this.store.get().view;
    if (shown.state !== view.state || shown.index !== view.index || shown.wanted !== view.wanted || shown.waiting !== view.waiting) {
      this.store.update({ view });
    }
    this.clock.set(view.clockMs);
    clearTimeout(this.#again);
    const { replay, gone, problem } = this.store.get();
    if (view.state === "unreachable" || (replay === null && problem !== "" && !gone)) this.#again = setTimeout(this.retry, AGAIN_MS);
  }
}

/**
 * What makes another address of the same file. A browser that has read some of it from here does not follow the address to
 * a store that the file was moved to meanwhile; of another address it remembers nothing.
 */
function again(before: number): string {
  return before === 0 ? "" : `&download=false#${before}`;
}

function plays(video: HTMLVideoElement | null, type: string): boolean {
  return video === null || type === "" || video.canPlayType(type) !== "";
}

/** Browsers say of a file that was refused what they say of one they cannot read: whoever asks for a byte of it knows. */
async function failureOf(url: string): Promise<MediaFailure> {
  if (!url.startsWith(location.origin)) return "format";
  return firstByte(url).then(
    (answer) => (answer.ok ? "format" : "network"),
    () => "network",
  );
}

async function isElsewhere(url: string): Promise<boolean> {
  if (!url.startsWith(location.origin)) return false;
  return firstByte(url).then(
    (answer) => answer.type === "opaqueredirect",
    () => false,
  );
}

/** The store that it may be sent on to is not for pages to ask. */
function firstByte(url: string): Promise<Response> {
  return fetch(url, { headers: { Range: "bytes=0-0" }, redirect: "manual", cache: "no-store" });
}

function unload(video: HTMLVideoElement): void {
  video.removeAttribute("src");
  video.load();
}
