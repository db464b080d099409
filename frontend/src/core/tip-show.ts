/**
 * Which tip is shown over the picture: one at a time, in the order in which they came, without I/O.
 *
 * Each is shown once, however often it is told. While others wait, each has less time. At most WAITING wait; then the
 * one that waits longest is left out, and is in the chat only.
 */
import type { MessageState, Tip } from "../protocol/tips";

export const WAITING = 20;
export const ALONE_MS = 6500;
export const CROWDED_MS = 3000;
const REMEMBERED = 500;

export interface Shown {
  readonly tip: Tip;
  readonly untilMs: number;
}

export class TipShow {
  #shown: Shown | null = null;
  #waiting: Tip[] = [];
  /** The ids of tips that were shown or wait, the oldest first. */
  readonly #known = new Set<string>();

  get shown(): Shown | null {
    return this.#shown;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** When `tick` is due; null while nothing is shown. */
  get deadlineMs(): number | null {
    return this.#shown?.untilMs ?? null;
  }

  seen(tip: Tip, nowMs: number): void {
    if (this.#known.has(tip.id)) return;
    this.#remember(tip.id);
    this.#waiting.push(tip);
    if (this.#waiting.length > WAITING) this.#waiting.shift();
    this.tick(nowMs);
  }

  /** The chain has dropped it. Should it come back, it is shown again. */
  withdrawn(id: string, nowMs: number): void {
    this.#known.delete(id);
    this.#waiting = this.#waiting.filter((tip) => tip.id !== id);
    if (this.#shown?.tip.id === id) this.#shown = null;
    this.tick(nowMs);
  }

  message(id: string, message: string, message_state: MessageState): void {
    const changed = (tip: Tip): Tip => (tip.id === id ? { ...tip, message, message_state } : tip);
    this.#waiting = this.#waiting.map(changed);
    if (this.#shown?.tip.id === id) this.#shown = { ...this.#shown, tip: changed(this.#shown.tip) };
  }

  tick(nowMs: number): void {
    if (this.#shown !== null && this.#shown.untilMs > nowMs) return;
    const tip = this.#waiting.shift();
    this.#shown = tip === undefined ? null : { tip, untilMs: nowMs + (this.#waiting.length > 0 ? CROWDED_MS : ALONE_MS) };
  }

  #remember(id: string): void {
    this.#known.add(id);
    for (const oldest of this.#known) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
  }
}
