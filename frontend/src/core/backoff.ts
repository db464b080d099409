/** How long to wait before trying again: doubling, bounded, with jitter so that a crowd does not come back in step. */

const FIRST_MS = 500;
const LONGEST_MS = 8000;
/** Each wait is shortened by up to this part of itself. */
const JITTER = 0.3;

export class Backoff {
  #failures = 0;

  /** Wait before the next attempt. `jitter` is a random number in [0, 1). */
  nextMs(jitter: number): number {
    const base = Math.min(FIRST_MS * 2 ** this.#failures, LONGEST_MS);
    this.#failures += 1;
    return Math.round(base * (1 - JITTER * jitter));
  }

  reset(): void {
    this.#failures = 0;
  }
}
