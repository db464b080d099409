/** An artist's connection: publishes tracks and keeps them published. Adapter of `core/publisher.ts`. */
import type { EncodingPlan } from "../core/encoding";
import { type Health, HealthJudge } from "../core/health";
import type { LinkInput, Parting } from "../core/link";
import { PublisherCore, type PublisherView, TAKEN_OVER } from "../core/publisher";
import type { Target } from "../core/target";
import type { Api } from "../protocol/api";
import type { MediaKind } from "../protocol/types";
import { ProblemError } from "../protocol/problem";
import { publish, tune, type WhipSession } from "../protocol/whip";
import { Store } from "../store";
import { Driver, listenForWaking } from "./driver";
import { readPublishing } from "./stats";

export type Tracks = Readonly<Record<MediaKind, MediaStreamTrack | null>>;

const STATS_EVERY_MS = 1000;
const SILENCE: Tracks = { audio: null, video: null };

export class Publisher {
  readonly store: Store<PublisherView>;
  readonly health = new Store<Health | null>(null);
  readonly #core = new PublisherCore(Math.random);
  readonly #driver: Driver<LinkInput>;
  #target: Target = { channel: "", key: "" };
  #plan: EncodingPlan | null = null;
  #tracks: Tracks = SILENCE;
  #session: WhipSession | null = null;
  #judge: HealthJudge | null = null;
  /** The session that broke, until it is known whether someone else took it over. */
  #lost: WhipSession | null = null;
  /** The session that the next one replaces: it goes on until then. */
  #retiring: WhipSession | null = null;
  #stops: (() => void)[] = [];

  constructor(private readonly api: Api) {
    this.store = new Store(this.#core.view);
    this.#driver = new Driver<LinkInput>(this.#core, {
      connect: (attempt, signal) => this.#connect(attempt, signal),
      disconnect: (why) => this.#disconnect(why),
      changed: () => this.store.set(this.#core.view),
    });
  }

  goLive(target: Target, plan: EncodingPlan, tracks: Tracks): void {
    this.stop();
    this.#target = target;
    this.#plan = plan;
    this.#tracks = tracks;
    const poll = setInterval(() => void this.#poll(), STATS_EVERY_MS);
    const leaving = () => this.stop();
    window.addEventListener("pagehide", leaving);
    this.#stops = [
      () => clearInterval(poll),
      () => window.removeEventListener("pagehide", leaving),
      listenForWaking(this.#driver.feed),
    ];
    this.#driver.feed({ kind: "open" });
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#driver.feed({ kind: "close" });
  }

  /**
   * Send other tracks from now on. A track that takes the place of one of its kind is swapped without viewers noticing;
   * when a kind comes or goes the broadcast is offered anew, and the server takes the new connection over. With nothing
   * left to send the connection is kept, silent, for what comes next.
   */
  async setTracks(tracks: Tracks): Promise<void> {
    const before = this.#tracks;
    this.#tracks = tracks;
    const session = this.#session;
    if (session === null) return;
    const empty = tracks.audio === null && tracks.video === null;
    const reshaped = !empty && shapeOf(before) !== shapeOf(tracks);
    if (reshaped) {
      this.#driver.feed({ kind: "restart" });
      return;
    }
    await Promise.all(
      (["audio", "video"] as const).map(async (kind) => {
        if (before[kind] !== tracks[kind]) await session.sender(kind)?.replaceTrack(tracks[kind]);
      }),
    );
  }

  /** Change what the encoders may use. Bitrate and frame rate apply at once; codec and music mode need a new offer. */
  async setPlan(plan: EncodingPlan): Promise<void> {
    const before = this.#plan;
    this.#plan = plan;
    if (this.#session === null || before === null) return;
    this.#judge = new HealthJudge(plan);
    if (before.codec !== plan.codec || before.music !== plan.music || before.audioBps !== plan.audioBps) {
      this.#driver.feed({ kind: "restart" });
    } else {
      await tune(this.#session.connection, plan);
    }
  }

  async #connect(attempt: number, signal: AbortSignal): Promise<void> {
    if (this.#plan === null) return;
    await this.#refuseIfTakenOver();
    signal.throwIfAborted();
    this.#judge = new HealthJudge(this.#plan);
    try {
      this.#session = await publish({
        channel: this.#target.channel,
        bearer: this.#target.key,
        ...this.#tracks,
        plan: this.#plan,
        iceServers: this.api.iceServers(),
        signal,
        onConnection: (state) => this.#driver.feed({ kind: "transport", attempt, state }),
      });
    } finally {
      this.#retiring?.abandon();
      this.#retiring = null;
    }
  }

  #disconnect(why: Parting): void {
    const session = this.#session;
    this.#session = null;
    this.health.set(null);
    this.#lost = null;
    if (why === "replacing" && session !== null) {
      this.#retiring?.abandon();
      this.#retiring = session;
      return;
    }
    if (why === "lost") {
      session?.abandon();
      this.#retiring?.abandon();
      this.#lost = session;
    } else {
      session?.end();
      this.#retiring?.end();
    }
    this.#retiring = null;
  }

  /**
   * A connection that was lost because someone went live with the same key elsewhere must not be taken back, or the two
   * would push each other off for ever. The signs: the server knows our session no more, and is live without us. Asked once per loss:
   * a later attempt of our own may be what is live.
   */
  async #refuseIfTakenOver(): Promise<void> {
    const lost = this.#lost;
    this.#lost = null;
    if (lost === null || !(await lost.isGone())) return;
    const { state } = await this.api.channel(this.#target.channel);
    if (state !== "live") return;
    throw new ProblemError(TAKEN_OVER, "Taken over", "", null);
  }

  async #poll(): Promise<void> {
    const session = this.#session;
    if (session === null || this.store.get().state !== "live") return;
    const reading = await readPublishing(session.connection);
    if (session === this.#session) this.health.set(this.#judge?.judge(reading) ?? null);
  }
}

function shapeOf(tracks: Tracks): string {
  return `${tracks.audio === null ? "" : "audio"} ${tracks.video === null ? "" : "video"}`;
}
