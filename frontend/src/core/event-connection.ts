/**
 * The socket below the events: when it is opened, given up, tried again. Without I/O.
 *
 *   idle --connect--> connecting --welcomed--> up --retry--> waiting --deadline--> connecting
 *                         |                     |               ^
 *                         +-------- retry ------+---------------+
 *                         +-------- refuse -----+--> refused --connect--> connecting
 *   any --rest--> idle
 *
 * Whoever calls `retry`, `refuse` or `rest` lets go of everything that was asked over the connection.
 */
import { Backoff } from "./backoff";
import type { ConnectionState, ConnectionView, EventsEffect } from "./event-types";

/** From opening the socket to the welcome. */
const CONNECT_MS = 15_000;
/** A command, a join, a sign-in that is not answered for this long: the connection is dead. */
const ANSWER_MS = 10_000;
/** A connection that lasted this long was a good one. */
const STABLE_MS = 5000;
/** A socket that has been silent for this long is asked whether it is still there. */
const PROBE_AFTER_MS = 45_000;

export class EventConnection {
  #state: ConnectionState = "idle";
  #attempt = 0;
  #failures = 0;
  #code: number | null = null;
  #deadlineMs: number | null = null;
  #upSinceMs = 0;
  #heardAtMs = 0;
  readonly #backoff = new Backoff();

  /** `jitter` returns a random number in [0, 1). */
  constructor(
    private readonly jitter: () => number,
    private readonly emit: (effect: EventsEffect) => void,
  ) {}

  get attempt(): number {
    return this.#attempt;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get up(): boolean {
    return this.#state === "up";
  }

  /** There is a socket. */
  get active(): boolean {
    return this.#state === "connecting" || this.#state === "up";
  }

  get view(): ConnectionView {
    return { state: this.#state, failures: this.#failures, code: this.#state === "refused" ? this.#code : null };
  }

  /** `oldestAtMs`: when the oldest question that is open was asked. */
  deadlineMs(oldestAtMs: number | null): number | null {
    if (!this.up) return this.#deadlineMs;
    return oldestAtMs === null ? this.#heardAtMs + PROBE_AFTER_MS : oldestAtMs + ANSWER_MS;
  }

  /** What is to be done by now. */
  due(oldestAtMs: number | null, nowMs: number): "connect" | "retry" | "probe" | null {
    const deadlineMs = this.deadlineMs(oldestAtMs);
    if (deadlineMs === null || nowMs < deadlineMs) return null;
    if (this.#state === "waiting") return "connect";
    return this.up && oldestAtMs === null ? "probe" : "retry";
  }

  connect(nowMs: number): void {
    this.#attempt += 1;
    this.#state = "connecting";
    this.#code = null;
    this.#deadlineMs = nowMs + CONNECT_MS;
    this.emit({ kind: "connect", attempt: this.#attempt });
  }

  welcomed(nowMs: number): void {
    this.#state = "up";
    this.#failures = 0;
    this.#deadlineMs = null;
    this.#upSinceMs = nowMs;
  }

  /** Something came, or there is nothing to ask for: look again later. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** Come back after a while. */
  retry(nowMs: number): void {
    if (this.up && nowMs - this.#upSinceMs >= STABLE_MS) this.#backoff.reset();
    this.#drop("waiting");
    this.#failures += 1;
    this.#deadlineMs = nowMs + this.#backoff.nextMs(this.jitter());
  }

  /** Stay away until the person asks. */
  refuse(code: number): void {
    this.#drop("refused");
    this.#failures += 1;
    this.#code = code;
  }

  /** Nobody needs it. */
  rest(): void {
    this.#drop("idle");
    this.#backoff.reset();
    this.#failures = 0;
  }

  #drop(next: ConnectionState): void {
    if (this.active) this.emit({ kind: "disconnect", attempt: this.#attempt });
    this.#state = next;
    this.#deadlineMs = null;
  }
}
