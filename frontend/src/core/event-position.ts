/**
 * How far the events of one room were passed on, and what coming back to it takes. Without I/O.
 *
 * The position is the (epoch, offset) of the last event. It means nothing until a snapshot was taken. Whoever comes back
 * says it, and gets exactly what was missed, or a fresh snapshot: an answer with a hole is no answer.
 */
import type { RoomEvent } from "../protocol/events";

export class EventPosition {
  #epoch = "";
  #offset = 0;
  #known = false;
  #recoveries = 0;
  #resets = 0;

  get known(): boolean {
    return this.#known;
  }

  /** How often it was resumed exactly where it was left. */
  get recoveries(): number {
    return this.#recoveries;
  }

  /** How often a fresh snapshot replaced what was known. */
  get resets(): number {
    return this.#resets;
  }

  /** What a join says of where it was left. */
  get fields(): { epoch?: string; offset?: number } {
    return this.#known ? { epoch: this.#epoch, offset: this.#offset } : {};
  }

  /** What is known is void: the next join asks for a snapshot. */
  forget(): void {
    this.#known = false;
  }

  /** A fresh snapshot was taken. */
  begin(epoch: string, offset: number): void {
    if (this.#known) this.#resets += 1;
    this.#known = true;
    this.#epoch = epoch;
    this.#offset = offset;
  }

  /** What becomes of an event: it is the next one and counts as passed on, it was passed on before, or others are missing. */
  meet({ offset }: RoomEvent): "next" | "double" | "gap" {
    if (offset <= this.#offset) return "double";
    if (!this.#known || offset > this.#offset + 1) return "gap";
    this.#offset = offset;
    return "next";
  }

  /** Those of the events that were missed, in order; null when they do not lead to `offset` without a gap. */
  recover(epoch: string, offset: number, events: readonly RoomEvent[]): readonly RoomEvent[] | null {
    if (!this.#known || epoch !== this.#epoch) return null;
    const missed: RoomEvent[] = [];
    let last = this.#offset;
    for (const event of events) {
      if (event.offset <= last) continue;
      if (event.offset > last + 1) return null;
      last = event.offset;
      missed.push(event);
    }
    if (last < offset) return null;
    this.#offset = last;
    this.#recoveries += 1;
    return missed;
  }
}
