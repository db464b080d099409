/** When to ask for the next still picture of a channel, without I/O. */

/** While one is shown. */
export const STILL_EVERY_MS = 15_000;
const FIRST_RETRY_MS = 2000;
const MOST_RETRY_MS = 60_000;

export class StillPace {
  #failures = 0;

  /** One came: how long it is good for. */
  came(): number {
    this.#failures = 0;
    return STILL_EVERY_MS;
  }

  /** None was to be had: how long to leave it. */
  failed(): number {
    this.#failures += 1;
    return Math.min(MOST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
  }
}
