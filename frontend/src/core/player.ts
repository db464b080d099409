/**
 * What a viewer's player shows and does, without I/O: a `Link`, plus what the channel's event stream says.
 *
 * The player connects before it knows whether the channel is live, because that is the fastest way to a first frame;
 * an answer 409 (not live) is then an ordinary state in which it waits for the event stream. While the event stream is
 * down it asks again by itself, slowly.
 *
 * It says that a broadcast has ended only when the server said so: an event stream that was not interrupted went from
 * live to offline. Otherwise (the server was restarted, the network was away) a broadcast that is not there any more is
 * one that was interrupted, and is waited for a while before the channel counts as offline.
 */
import type { Channel } from "../protocol/types";
import { Link, type LinkEffect, type LinkInput, type Refusal } from "./link";

export type PlayerState = "idle" | "connecting" | "live" | "reconnecting" | "offline" | "ended" | "error";

export interface PlayerView {
  readonly state: PlayerState;
  /**
   * While reconnecting, why: the artist's connection dropped, ours did, the server cannot be reached, or it is back and
   * the artist is not.
   */
  readonly cause: "artist" | "network" | "server" | "interrupted" | null;
  /** What is known of the channel is of now: the event stream has not been lost. */
  readonly current: boolean;
  /** At least one attempt has failed since it last worked. */
  readonly retrying: boolean;
  /** While in error: the answer that ended it. */
  readonly refusal: Refusal | null;
}

export type PlayerInput =
  | LinkInput
  | { readonly kind: "channel"; readonly channel: Channel }
  | { readonly kind: "events"; readonly connected: boolean }
  /** A first frame was presented, or audio began to play, on this attempt. */
  | { readonly kind: "media"; readonly attempt: number }
  /** Bytes received in all on this attempt, fed about once a second. */
  | { readonly kind: "received"; readonly attempt: number; readonly totalBytes: number };

/** Answers that asking again at once does not change. 409 (not live) is among them: the event stream tells when it does. */
export const FINAL_FOR_VIEWERS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 406, 409, 415, 422]);

const NOT_LIVE = 409;
/** The event stream said live, the answer said not yet: the two cross for a moment when a broadcast starts. */
const CROSSED_MS = 700;
/** How often to ask while nothing tells us. */
const BLIND_MS = 15_000;
/** A broadcast that is said to be live but sends nothing for this long is asked for again. */
const STALL_MS = 8000;
/** How long a broadcast that was interrupted is expected back: studios reconnect within seconds of a restart. */
const RETURN_MS = 30_000;
/** Readings without a new byte after which what is shown is old, when the event stream is gone as well. */
const SILENT_READINGS = 2;

export class PlayerCore {
  readonly #link: Link;
  #opened = false;
  #channel: Channel | null = null;
  #eventsUp = false;
  #eventsLost = false;
  /** The server has told the channel's state since the event stream was last opened. */
  #informed = false;
  /** The server said that the broadcast has ended. */
  #farewell = false;
  #returnByMs: number | null = null;
  #silentReadings = 0;
  #hadMedia = false;
  #mediaAttempt = 0;
  #bytes = 0;
  #progressAtMs = 0;
  #askAgainAtMs: number | null = null;

  constructor(jitter: () => number) {
    this.#link = new Link(FINAL_FOR_VIEWERS, jitter);
  }

  get attempt(): number {
    return this.#link.attempt;
  }

  get deadlineMs(): number | null {
    const deadlines = [this.#link.deadlineMs, this.#askAgainAtMs, this.#stallDeadlineMs(), this.#returnByMs].filter((at) => at !== null);
    return deadlines.length > 0 ? Math.min(...deadlines) : null;
  }

  get view(): PlayerView {
    const state = this.#state();
    return {
      state,
      cause: state === "reconnecting" ? this.#cause() : null,
      current: !this.#eventsLost,
      retrying: this.#link.failures > 0,
      refusal: state === "error" ? this.#link.refusal : null,
    };
  }

  handle(input: PlayerInput, nowMs: number): LinkEffect[] {
    switch (input.kind) {
      case "open":
        this.#opened = true;
        return this.#open(nowMs);
      case "close":
        this.#opened = false;
        this.#askAgainAtMs = null;
        this.#returnByMs = null;
        return this.#link.handle(input, nowMs);
      case "channel":
        return this.#onChannel(input.channel, nowMs);
      case "events":
        if (this.#eventsUp && !input.connected) this.#eventsLost = true;
        else if (input.connected) this.#eventsLost = false;
        this.#eventsUp = input.connected;
        this.#informed = false;
        this.#planToAsk(nowMs);
        return [];
      case "media":
        if (input.attempt === this.#link.attempt) {
          this.#returnByMs = null;
          this.#silentReadings = 0;
          this.#hadMedia = true;
          this.#mediaAttempt = input.attempt;
          this.#progressAtMs = nowMs;
        }
        return [];
      case "received":
        if (input.attempt === this.#link.attempt) {
          this.#silentReadings += 1;
          if (input.totalBytes !== this.#bytes) {
            this.#bytes = input.totalBytes;
            this.#progressAtMs = nowMs;
            this.#silentReadings = 0;
          }
        }
        return [];
      case "refused": {
        const effects = this.#link.handle(input, nowMs);
        if (this.#link.refusal?.status === NOT_LIVE) this.#awaitReturn(nowMs);
        this.#planToAsk(nowMs);
        return effects;
      }
      case "transport": {
        const before = this.#link.state;
        const effects = this.#link.handle(input, nowMs);
        if (before !== "up" && this.#link.state === "up") this.#progressAtMs = nowMs;
        return effects;
      }
      case "timer":
        return this.#onTimer(nowMs);
      default:
        return this.#link.handle(input, nowMs);
    }
  }

  #onChannel(channel: Channel, nowMs: number): LinkEffect[] {
    const before = this.#channel;
    const unbroken = this.#informed;
    this.#channel = channel;
    this.#informed = true;
    // Time without media while the artist was away is not a stall.
    if (before?.state !== channel.state) this.#progressAtMs = nowMs;
    if (!this.#opened) return [];
    if (!channel.live) {
      this.#askAgainAtMs = null;
      if (unbroken && before?.live === true) this.#farewell = true;
      else if (before?.live !== false) this.#awaitReturn(nowMs);
      return this.#link.handle({ kind: "close" }, nowMs);
    }
    // A new broadcast may come in a codec that plays, so it is worth asking after a refusal too, but only once.
    const refused = this.#link.state === "refused";
    if (this.#link.state === "idle" || (refused && before?.live !== true)) return this.#open(nowMs);
    this.#planToAsk(nowMs);
    return [];
  }

  #onTimer(nowMs: number): LinkEffect[] {
    if (this.#returnByMs !== null && nowMs >= this.#returnByMs) {
      this.#returnByMs = null;
      if (this.#link.state !== "up") this.#hadMedia = false;
    }
    if (this.#askAgainAtMs !== null && nowMs >= this.#askAgainAtMs) return this.#open(nowMs);
    const stalledAtMs = this.#stallDeadlineMs();
    if (stalledAtMs !== null && nowMs >= stalledAtMs) {
      this.#progressAtMs = nowMs;
      return this.#link.handle({ kind: "restart" }, nowMs);
    }
    return this.#link.handle({ kind: "timer" }, nowMs);
  }

  #open(nowMs: number): LinkEffect[] {
    const state = this.#state();
    if (state === "ended" || state === "offline") this.#hadMedia = false;
    this.#askAgainAtMs = null;
    this.#farewell = false;
    return this.#link.handle({ kind: "open" }, nowMs);
  }

  /** What was watched is not there, and nobody said why. */
  #awaitReturn(nowMs: number): void {
    if (this.#hadMedia && !this.#farewell) this.#returnByMs ??= nowMs + RETURN_MS;
  }

  #planToAsk(nowMs: number): void {
    const notLive = this.#link.state === "refused" && this.#link.refusal?.status === NOT_LIVE;
    const waitMs = this.#channel?.live === true && this.#eventsUp ? CROSSED_MS : this.#eventsUp ? null : BLIND_MS;
    if (!this.#opened || !notLive || waitMs === null) this.#askAgainAtMs = null;
    else this.#askAgainAtMs = nowMs + Math.max(waitMs, waitMs === BLIND_MS ? (this.#link.refusal?.retryAfterMs ?? 0) : 0);
  }

  #stallDeadlineMs(): number | null {
    return this.#link.state === "up" && this.#channel?.state === "live" ? this.#progressAtMs + STALL_MS : null;
  }

  #cause(): NonNullable<PlayerView["cause"]> {
    if (this.#over()) return "interrupted";
    if (this.#eventsLost) return "server";
    return this.#channel?.state === "reconnecting" ? "artist" : "network";
  }

  /** There is no broadcast to connect to. */
  #over(): boolean {
    return this.#link.state === "idle" || (this.#link.state === "refused" && this.#link.refusal?.status === NOT_LIVE);
  }

  #state(): PlayerState {
    if (!this.#opened) return "idle";
    if (this.#over()) return !this.#hadMedia ? "offline" : this.#farewell ? "ended" : "reconnecting";
    switch (this.#link.state) {
      case "refused":
        return "error";
      case "up":
        if (this.#mediaAttempt !== this.#link.attempt) return this.#hadMedia ? "reconnecting" : "connecting";
        if (this.#eventsLost && this.#silentReadings >= SILENT_READINGS) return "reconnecting";
        return this.#channel?.state === "reconnecting" ? "reconnecting" : "live";
      default:
        return this.#hadMedia ? "reconnecting" : "connecting";
    }
  }
}
