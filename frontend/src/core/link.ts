/**
 * One WHIP or WHEP connection that is kept up: a state machine without I/O.
 *
 * Theory of operation
 *
 *   idle --open--> connecting --transport connected--> up --transport lost--> waiting --deadline--> connecting
 *                      |                                                        ^
 *                      +-- no answer, or an answer that may change -------------+
 *                      +-- a final answer (status in `finalStatuses`) --> refused --open--> connecting
 *   any --close--> idle
 *
 * Every attempt has a number. Effects carry it, inputs name the attempt they speak of, and news of an older attempt is
 * ignored, so the adapter need not care what is still in flight. The adapter's duty: carry out effects in order, feed
 * what happens, and send a `timer` input once `deadlineMs` has passed. Times are milliseconds of any steady clock.
 */
import { Backoff } from "./backoff";

export type LinkState = "idle" | "connecting" | "up" | "waiting" | "refused";
export type TransportState = "new" | "connecting" | "connected" | "disconnected" | "failed" | "closed";

export interface Refusal {
  readonly status: number;
  readonly detail: string;
  readonly retryAfterMs: number | null;
  /** What kind of problem it is, such as "owner-suspended", when the answer says so. */
  readonly problem?: string;
}

export type LinkInput =
  | { readonly kind: "open" }
  | { readonly kind: "close" }
  /** Leave this connection and make another at once: the caller knows that the present one will not do. */
  | { readonly kind: "restart" }
  | ({ readonly kind: "refused"; readonly attempt: number } & Refusal)
  | { readonly kind: "unreachable"; readonly attempt: number }
  | { readonly kind: "transport"; readonly attempt: number; readonly state: TransportState }
  /** The network came back, or the page woke up. */
  | { readonly kind: "online" }
  | { readonly kind: "timer" };

export type LinkEffect =
  | { readonly kind: "connect"; readonly attempt: number }
  | { readonly kind: "disconnect"; readonly attempt: number; readonly why: Parting };

/**
 * Why a connection is let go of: nobody wants it any more, it broke, or a better one comes at once. Only the first is
 * worth telling the server: the other two mean to go on, and the end of a publisher's session ends its broadcast.
 */
export type Parting = "closed" | "lost" | "replacing";

/** From the offer to a connected transport; then the attempt is given up. */
const CONNECT_TIMEOUT_MS = 15_000;
/** A transport that recovers within this time needs no new session. */
const DISCONNECTED_GRACE_MS = 3000;
/** A connection that lasted this long was a good one: the next wait is the short one again. */
const STABLE_MS = 5000;

export class Link {
  #state: LinkState = "idle";
  #attempt = 0;
  #deadlineMs: number | null = null;
  #upSinceMs = 0;
  #disconnected = false;
  #refusal: Refusal | null = null;
  #failures = 0;
  readonly #backoff = new Backoff();

  /** `jitter` returns a random number in [0, 1); it is passed in so that the machine is deterministic in tests. */
  constructor(
    private readonly finalStatuses: ReadonlySet<number>,
    private readonly jitter: () => number,
  ) {}

  get state(): LinkState {
    return this.#state;
  }

  get attempt(): number {
    return this.#attempt;
  }

  /** When a `timer` input is due, null when none is. */
  get deadlineMs(): number | null {
    return this.#deadlineMs;
  }

  /** The answer that ended the last attempt, if an answer did; cleared once connected. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Attempts that came to nothing since it was last up or opened. */
  get failures(): number {
    return this.#failures;
  }

  handle(input: LinkInput, nowMs: number): LinkEffect[] {
    if ("attempt" in input && (input.attempt !== this.#attempt || !this.#active())) return [];
    switch (input.kind) {
      case "open":
        if (this.#active() || this.#state === "waiting") return [];
        this.#backoff.reset();
        this.#failures = 0;
        return [this.#connect(nowMs)];
      case "close":
        return this.#leave("idle", "closed");
      case "restart":
        if (this.#state === "idle") return [];
        return [...this.#leave("waiting", "replacing"), this.#connect(nowMs)];
      case "refused":
        return this.#onRefused(input, nowMs);
      case "unreachable":
        this.#refusal = null;
        return this.#retry(nowMs, null);
      case "transport":
        return this.#onTransport(input.state, nowMs);
      case "online":
        if (this.#state === "waiting") return [this.#connect(nowMs)];
        if (this.#state === "up" && this.#disconnected) return [...this.#leave("waiting", "lost"), this.#connect(nowMs)];
        return [];
      case "timer":
        return this.#onTimer(nowMs);
    }
  }

  #onRefused(refusal: Refusal, nowMs: number): LinkEffect[] {
    const { status, detail, retryAfterMs, problem = "" } = refusal;
    this.#refusal = { status, detail, retryAfterMs, problem };
    return this.finalStatuses.has(refusal.status) ? this.#leave("refused", "closed") : this.#retry(nowMs, refusal.retryAfterMs);
  }

  #onTransport(state: TransportState, nowMs: number): LinkEffect[] {
    switch (state) {
      case "connected":
        if (this.#state !== "up") this.#upSinceMs = nowMs;
        this.#state = "up";
        this.#disconnected = false;
        this.#deadlineMs = null;
        this.#refusal = null;
        this.#failures = 0;
        return [];
      case "disconnected":
        this.#disconnected = true;
        this.#deadlineMs = Math.min(this.#deadlineMs ?? Infinity, nowMs + DISCONNECTED_GRACE_MS);
        return [];
      case "failed":
      case "closed":
        return this.#retry(nowMs, null);
      default:
        return [];
    }
  }

  #onTimer(nowMs: number): LinkEffect[] {
    if (this.#deadlineMs === null || nowMs < this.#deadlineMs) return [];
    return this.#state === "waiting" ? [this.#connect(nowMs)] : this.#retry(nowMs, null);
  }

  #connect(nowMs: number): LinkEffect {
    this.#attempt += 1;
    this.#state = "connecting";
    this.#disconnected = false;
    this.#deadlineMs = nowMs + CONNECT_TIMEOUT_MS;
    return { kind: "connect", attempt: this.#attempt };
  }

  #retry(nowMs: number, atLeastMs: number | null): LinkEffect[] {
    if (this.#state === "up" && nowMs - this.#upSinceMs >= STABLE_MS) this.#backoff.reset();
    const effects = this.#leave("waiting", "lost");
    this.#failures += 1;
    this.#deadlineMs = nowMs + Math.max(this.#backoff.nextMs(this.jitter()), atLeastMs ?? 0);
    return effects;
  }

  #leave(next: LinkState, why: Parting): LinkEffect[] {
    const effects: LinkEffect[] = this.#active() ? [{ kind: "disconnect", attempt: this.#attempt, why }] : [];
    this.#state = next;
    this.#deadlineMs = null;
    return effects;
  }

  #active(): boolean {
    return this.#state === "connecting" || this.#state === "up";
  }
}
