/** What the studio shows of its connection, without I/O: a `Link` that remembers since when it has been live. */
import { Link, type LinkEffect, type LinkInput, type LinkState, type Refusal } from "./link";

export type PublisherState = "idle" | "connecting" | "live" | "reconnecting" | "failed";

export interface PublisherView {
  readonly state: PublisherState;
  /** When this broadcast first went live, by the caller's clock; kept over reconnects. */
  readonly liveSinceMs: number | null;
  readonly refusal: Refusal | null;
  /** The server did not answer at all at the last try. */
  readonly unreachable: boolean;
}

/** Stands for "someone else went live on this channel with the same key". */
export const TAKEN_OVER = 410;

/** 409 is not final: the server may still be letting go of the connection that this one takes over from. */
export const FINAL_FOR_PUBLISHERS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 406, TAKEN_OVER, 415, 422]);

export class PublisherCore {
  readonly #link: Link;
  #liveSinceMs: number | null = null;
  #unreachable = false;

  constructor(jitter: () => number) {
    this.#link = new Link(FINAL_FOR_PUBLISHERS, jitter);
  }

  get attempt(): number {
    return this.#link.attempt;
  }

  get deadlineMs(): number | null {
    return this.#link.deadlineMs;
  }

  get view(): PublisherView {
    return {
      state: stateOf(this.#link.state, this.#liveSinceMs !== null),
      liveSinceMs: this.#liveSinceMs,
      refusal: this.#link.refusal,
      unreachable: this.#unreachable,
    };
  }

  handle(input: LinkInput, nowMs: number): LinkEffect[] {
    if (input.kind === "open" && (this.#link.state === "idle" || this.#link.state === "refused")) this.#liveSinceMs = null;
    const effects = this.#link.handle(input, nowMs);
    if (this.#link.state === "up") {
      this.#liveSinceMs ??= nowMs;
      this.#unreachable = false;
    } else if (this.#link.state === "idle") {
      this.#liveSinceMs = null;
      this.#unreachable = false;
    } else if (input.kind === "unreachable") {
      this.#unreachable = true;
    } else if (input.kind === "refused") {
      this.#unreachable = false;
    }
    return effects;
  }
}

function stateOf(link: LinkState, wasLive: boolean): PublisherState {
  switch (link) {
    case "idle":
      return "idle";
    case "up":
      return "live";
    case "refused":
      return "failed";
    default:
      return wasLive ? "reconnecting" : "connecting";
  }
}
