/**
 * What a room has told so far, for somebody on the page who enters it later than the others. Without I/O.
 *
 * Kept are the last snapshot and what came since, up to KEPT pieces; beyond that nothing is kept until the next snapshot,
 * and whoever comes then needs one.
 */
import type { EventsEffect } from "./event-types";

export type RoomNews = Extract<EventsEffect, { kind: "snapshot" | "event" | "signal" | "you" }>;

export const KEPT = 200;

export class RoomMemory {
  #since: RoomNews[] = [];
  #whole = false;
  /** A room may not have told anything yet: then there is nothing to catch up with. */
  #silent = true;
  #you: RoomNews | null = null;

  note(news: RoomNews): void {
    this.#silent = false;
    if (news.kind === "snapshot") {
      this.#since = [news];
      this.#whole = true;
    } else if (news.kind === "you") {
      this.#you = news;
    } else if (this.#whole) {
      this.#since.push(news);
      if (this.#since.length > KEPT) {
        this.#since = [];
        this.#whole = false;
      }
    }
  }

  /** In order; null when it is not known any more. */
  recall(): readonly RoomNews[] | null {
    if (this.#silent) return [];
    if (!this.#whole) return null;
    return this.#you === null ? this.#since : [...this.#since, this.#you];
  }
}
