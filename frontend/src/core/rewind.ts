/** Where a player is in a live broadcast that can be rewound, without I/O. Times are seconds of one clock of the player's. */

export interface Rewind {
  /** How far back it goes. */
  readonly windowS: number;
  /** How far behind the live end the picture is, 0 there. */
  readonly behindS: number;
  readonly live: boolean;
}

/** Closer than this is live: players waver by as much. */
const LIVE_WITHIN_S = 4;
/** Less is not worth a bar. */
export const WORTH_S = 12;

/** `startS` and `liveS` bound what can be played; `liveS` is where the player would be if it were live. */
export function rewindOf(startS: number, liveS: number, atS: number): Rewind {
  const windowS = Math.max(0, liveS - startS);
  const behindS = Math.min(windowS, Math.max(0, liveS - atS));
  return { windowS, behindS, live: behindS < LIVE_WITHIN_S };
}

/** A player that fell this far behind where it should be does not catch up by playing a little faster. */
const LOST_S = 2;
const READINGS = 3;
const FIRST_REST_MS = 8000;

/**
 * Keeps a player that is to be live there: after stalls it jumps, rarely and ever more rarely, for each jump is heard.
 */
export class LiveKeeper {
  #following = true;
  #late = 0;
  #restMs = FIRST_REST_MS;
  #jumpedAtMs = -Infinity;

  get following(): boolean {
    return this.#following;
  }

  /** The person went back (or to live again); a jump would undo that. */
  followed(following: boolean): void {
    this.#following = following;
    this.#late = 0;
  }

  /** Fed about once a second while playing. Whether to jump to live now. */
  reading(behindS: number, nowMs: number): boolean {
    this.#late = behindS > LOST_S ? this.#late + 1 : 0;
    if (!this.#following || this.#late < READINGS || nowMs - this.#jumpedAtMs < this.#restMs) return false;
    if (this.#jumpedAtMs !== -Infinity) this.#restMs *= 2;
    this.#jumpedAtMs = nowMs;
    this.#late = 0;
    return true;
  }
}

/** A connection that was left while the person had gone back: the next one goes on there. */
export interface Left {
  readonly behindS: number;
  readonly atMs: number;
}

/** So long after it was left nobody expects to find it again. */
const REMEMBERED_MS = 120_000;

/** How far behind live the next connection begins: where the last one was, which is older now. */
export function behindAfter(left: Left | null, nowMs: number): number {
  const passedMs = left === null ? 0 : nowMs - left.atMs;
  return left === null || passedMs > REMEMBERED_MS ? 0 : left.behindS + passedMs / 1000;
}

/** Where to go, not beyond what is there: a little after its beginning, which moves. */
export function seekTarget(startS: number, liveS: number, behindS: number): number {
  return Math.min(liveS, Math.max(startS + 1, liveS - behindS));
}
