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

/** Where to go, not beyond what is there: a little after its beginning, which moves. */
export function seekTarget(startS: number, liveS: number, behindS: number): number {
  return Math.min(liveS, Math.max(startS + 1, liveS - behindS));
}
