/**
 * By which way a broadcast is watched, without I/O: WebRTC (real time), or HLS where WebRTC does not get through.
 *
 * Theory of operation
 *
 * By itself the page begins with WebRTC. The server's answer to the offer shows that the server can be reached; when the
 * media path is not there some seconds later, or breaks twice before it was good, something on the way lets no such
 * packets through, and the page goes on with HLS. It does not go back by itself: what was blocked stays blocked mostly,
 * and a player that changes its mind is worse than one that is two seconds behind. The person can choose either way.
 */

export type Way = "realtime" | "hls";
export type WayChoice = "auto" | Way;

export interface WayView {
  readonly way: Way;
  readonly choice: WayChoice;
  /** Why it is HLS: the person chose it, the network lets no WebRTC through, or the browser has none. */
  readonly why: "chosen" | "blocked" | "missing" | null;
}

export function isWayChoice(value: string): value is WayChoice {
  return value === "auto" || value === "realtime" || value === "hls";
}

/** From the server's answer to a connected transport; most need less than a second, relayed ones two. */
export const BLOCKED_AFTER_MS = 6000;
/** A connection that lasted this long was a good one. */
const GOOD_MS = 5000;
const FAILURES = 2;

export interface Abilities {
  readonly realtime: boolean;
  readonly hls: boolean;
}

export class WayCore {
  #choice: WayChoice;
  #able: Abilities;
  #blocked = false;
  #failures = 0;
  #connectedAtMs: number | null = null;
  #deadlineMs: number | null = null;

  constructor(choice: WayChoice, able: Abilities) {
    this.#choice = choice;
    this.#able = able;
  }

  get view(): WayView {
    const { realtime, hls } = this.#able;
    const choice = this.#choice;
    if (!hls) return { way: "realtime", choice, why: null };
    if (!realtime) return { way: "hls", choice, why: "missing" };
    if (choice === "hls") return { way: "hls", choice, why: "chosen" };
    return choice === "auto" && this.#blocked ? { way: "hls", choice, why: "blocked" } : { way: "realtime", choice, why: null };
  }

  /** When `passed` is due. */
  get deadlineMs(): number | null {
    return this.view.way === "realtime" && this.#choice === "auto" ? this.#deadlineMs : null;
  }

  choose(choice: WayChoice): void {
    this.#choice = choice;
    this.#forget();
  }

  /** What browser and server are able to do turned out to be this. */
  learn(able: Partial<Abilities>): void {
    this.#able = { ...this.#able, ...able };
  }

  /** The server has answered an offer; now the transport has to come. */
  answered(nowMs: number): void {
    this.#deadlineMs ??= nowMs + BLOCKED_AFTER_MS;
  }

  connected(nowMs: number): void {
    this.#connectedAtMs = nowMs;
    this.#deadlineMs = null;
  }

  /** The transport of an offer that was answered is gone, by no one's wish. */
  failed(nowMs: number): void {
    const good = this.#connectedAtMs !== null && nowMs - this.#connectedAtMs >= GOOD_MS;
    this.#connectedAtMs = null;
    this.#failures = good ? 0 : this.#failures + 1;
    if (this.#choice === "auto" && this.#failures >= FAILURES) this.#blocked = true;
  }

  /** Nothing is being connected: there is no broadcast, or nobody wants one. */
  rest(): void {
    this.#deadlineMs = null;
    this.#connectedAtMs = null;
  }

  passed(nowMs: number): void {
    if (this.deadlineMs === null || nowMs < this.deadlineMs) return;
    this.#deadlineMs = null;
    this.#blocked = true;
  }

  #forget(): void {
    this.#blocked = false;
    this.#failures = 0;
    this.rest();
  }
}
