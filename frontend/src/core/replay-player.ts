/**
 * A replay being played: which file, from where, and what to do when it ends or cannot be had. Without I/O.
 *
 * Everything is said on the broadcast's clock; the person does not notice that there are several files. The addresses of
 * the files expire: when one fails they are asked for again, once, and playing goes on where it was.
 *
 * What the media element tells carries the turn of the load it belongs to; what belongs to an earlier one is void.
 */
import type { ReplayPart } from "../protocol/replays";
import { bounds, clockAt, continuation, type Place, placeAt } from "./replay-parts";

/** A part, and whether this browser can play it. */
export type PlayerPart = Pick<ReplayPart, "url" | "start_ms" | "duration_ms"> & { readonly playable: boolean };

export type ReplayState = "empty" | "loading" | "playing" | "paused" | "ended" | "unplayable" | "unreachable";

export interface ReplayView {
  readonly state: ReplayState;
  readonly clockMs: number;
  /** Of the part that is, or would be, shown. */
  readonly index: number;
  /** It is to go on by itself as soon as it can. */
  readonly wanted: boolean;
  /** Nothing moves, because something has to come over the network first. */
  readonly waiting: boolean;
}

export type ReplayEffect =
  | { readonly kind: "load"; readonly turn: number; readonly url: string }
  /** In the file that is loaded. */
  | { readonly kind: "seek"; readonly offsetMs: number }
  | { readonly kind: "play" }
  | { readonly kind: "pause" }
  /** Take the file away. */
  | { readonly kind: "unload" }
  /** Ask for the replay again: its addresses have expired, or seem to have. */
  | { readonly kind: "refresh" };

/** What a media element says of a file that it cannot go on with. */
export type MediaFailure = "network" | "format";

/** An address is not used any more when it holds for less. */
const SPARE_MS = 10_000;

export class ReplayPlayer {
  #parts: readonly PlayerPart[] = [];
  #expiresAtMs = Number.POSITIVE_INFINITY;
  #place: Place = { index: 0, offsetMs: 0 };
  #turn = 0;
  #loaded: "no" | "coming" | "yes" = "no";
  #wanted = false;
  #waiting = false;
  #ended = false;
  #trouble: "unplayable" | "unreachable" | null = null;
  #refreshing = false;
  /** The addresses were asked for again since the last time that anything was played. */
  #fresh = false;

  get view(): ReplayView {
    return {
      state: this.#state,
      clockMs: clockAt(this.#parts, this.#place),
      index: this.#place.index,
      wanted: this.#wanted,
      waiting: this.#trouble === null && (this.#waiting || this.#refreshing || this.#loaded === "coming"),
    };
  }

  /** The replay was fetched: at first, and whenever `refresh` asked for it. `startMs` only counts the first time. */
  replay(parts: readonly PlayerPart[], expiresAtMs: number, startMs = 0): readonly ReplayEffect[] {
    const first = this.#parts.length === 0;
    const clockMs = first ? startMs : clockAt(this.#parts, this.#place);
    this.#parts = parts;
    this.#expiresAtMs = expiresAtMs;
    this.#refreshing = false;
    this.#fresh = !first;
    const place = placeAt(parts, clockMs);
    if (place === null) return [];
    return this.#open(place);
  }

  /** It could not be fetched again. */
  refreshFailed(): readonly ReplayEffect[] {
    if (!this.#refreshing) return [];
    this.#refreshing = false;
    this.#trouble = "unreachable";
    return [];
  }

  play(nowMs: number): readonly ReplayEffect[] {
    this.#wanted = true;
    if (this.#trouble === "unreachable") return this.#refresh();
    if (this.#ended) return this.seek(bounds(this.#parts).fromMs, nowMs);
    return this.#loaded === "yes" ? [{ kind: "play" }] : [];
  }

  pause(): readonly ReplayEffect[] {
    this.#wanted = false;
    return this.#loaded === "yes" ? [{ kind: "pause" }] : [];
  }

  /** To a moment of the clock. */
  seek(clockMs: number, nowMs: number): readonly ReplayEffect[] {
    const before = clockAt(this.#parts, this.#place);
    const { fromMs, toMs } = bounds(this.#parts);
    const bounded = Math.min(Math.max(clockMs, fromMs), toMs);
    const place = placeAt(this.#parts, bounded, bounded < before ? "back" : "on");
    if (place === null) return [];
    this.#ended = false;
    const here = place.index === this.#place.index && this.#loaded !== "no";
    this.#place = place;
    if (nowMs > this.#expiresAtMs - SPARE_MS || this.#trouble === "unreachable") return this.#refresh();
    if (!here) return this.#open(place);
    return this.#loaded === "yes" ? [{ kind: "seek", offsetMs: place.offsetMs }, ...this.#onward()] : [];
  }

  /** The connection is back, or the person wants to try again. */
  retry(): readonly ReplayEffect[] {
    return this.#trouble === "unreachable" ? this.#refresh() : [];
  }

  /** The file's beginning has come: it can be sought in. */
  ready(turn: number): readonly ReplayEffect[] {
    if (turn !== this.#turn || this.#loaded !== "coming") return [];
    this.#loaded = "yes";
    return [{ kind: "seek", offsetMs: this.#place.offsetMs }, ...this.#onward()];
  }

  /** So far has it been played. */
  time(turn: number, offsetMs: number): readonly ReplayEffect[] {
    if (turn !== this.#turn || this.#loaded !== "yes" || this.#refreshing) return [];
    this.#place = { index: this.#place.index, offsetMs };
    return [];
  }

  /** Pictures and sound come, or have to be waited for. */
  flows(turn: number, flows: boolean): readonly ReplayEffect[] {
    if (turn !== this.#turn) return [];
    this.#waiting = !flows;
    if (flows) this.#fresh = false;
    return [];
  }

  /** The file is over: the next one, if there is one. */
  finished(turn: number, nowMs: number): readonly ReplayEffect[] {
    if (turn !== this.#turn || this.#loaded !== "yes") return [];
    const index = this.#place.index + 1;
    if (index < this.#parts.length) {
      this.#place = { index, offsetMs: continuation(this.#parts, index) };
      return nowMs > this.#expiresAtMs - SPARE_MS ? this.#refresh() : this.#open(this.#place);
    }
    this.#place = { index: index - 1, offsetMs: this.#parts[index - 1]?.duration_ms ?? 0 };
    this.#ended = true;
    this.#wanted = false;
    this.#waiting = false;
    return [];
  }

  /** The element cannot go on with the file. */
  failed(turn: number, failure: MediaFailure): readonly ReplayEffect[] {
    if (turn !== this.#turn || this.#loaded === "no" || this.#refreshing) return [];
    this.#loaded = "no";
    this.#waiting = false;
    // An expired address looks like any other failure: only with a new one can it be told what is wrong.
    if (!this.#fresh) return this.#refresh();
    this.#trouble = failure === "format" ? "unplayable" : "unreachable";
    return [{ kind: "unload" }];
  }

  /** The browser lets nothing be played before the person does something. */
  blocked(): readonly ReplayEffect[] {
    this.#wanted = false;
    return [];
  }

  get #state(): ReplayState {
    if (this.#parts.length === 0) return "empty";
    if (this.#trouble !== null) return this.#trouble;
    if (this.#ended) return "ended";
    if (this.#loaded !== "yes") return "loading";
    return this.#wanted ? "playing" : "paused";
  }

  #open(place: Place): readonly ReplayEffect[] {
    const part = this.#parts[place.index] as PlayerPart;
    this.#place = place;
    this.#waiting = false;
    this.#turn += 1;
    if (!part.playable) {
      this.#loaded = "no";
      this.#trouble = "unplayable";
      return [{ kind: "unload" }];
    }
    this.#loaded = "coming";
    this.#trouble = null;
    return [{ kind: "load", turn: this.#turn, url: part.url }];
  }

  #refresh(): readonly ReplayEffect[] {
    if (this.#refreshing) return [];
    this.#refreshing = true;
    this.#trouble = null;
    return [{ kind: "refresh" }];
  }

  #onward(): readonly ReplayEffect[] {
    return this.#wanted ? [{ kind: "play" }] : [];
  }
}
