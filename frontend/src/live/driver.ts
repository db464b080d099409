/**
 * Feeds a connection machine, carries out its effects, arms its one timer. No rules of its own: they are in `core/`.
 */
import type { LinkEffect, LinkInput, Parting } from "../core/link";
import { NetworkError, ProblemError } from "../protocol/problem";

interface Machine<Input> {
  readonly attempt: number;
  readonly deadlineMs: number | null;
  handle(input: Input | LinkInput, nowMs: number): LinkEffect[];
}

export interface Connector {
  /**
   * Make the connection of this attempt. Failing is reported by throwing; `signal` says that it is not wanted any more,
   * and its reason is the Parting.
   */
  connect(attempt: number, signal: AbortSignal): Promise<void>;
  /** Let go of whatever the last attempt holds. Called also when that attempt never finished. */
  disconnect(why: Parting): void;
  /** The machine may have changed. */
  changed(): void;
}

export class Driver<Input> {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();

  constructor(
    private readonly machine: Machine<Input>,
    private readonly connector: Connector,
  ) {}

  feed = (input: Input | LinkInput): void => {
    for (const effect of this.machine.handle(input, performance.now())) this.#carryOut(effect);
    this.#arm();
    this.connector.changed();
  };

  #carryOut(effect: LinkEffect): void {
    this.#abort.abort(effect.kind === "disconnect" ? effect.why : "replacing");
    if (effect.kind === "disconnect") {
      this.connector.disconnect(effect.why);
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.connector.connect(effect.attempt, abort.signal).catch((error: unknown) => {
      if (abort.signal.aborted) return;
      this.feed(failureOf(error, effect.attempt));
    });
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const deadlineMs = this.machine.deadlineMs;
    if (deadlineMs === null) return;
    // Rounded up: a timer that fires a moment early would find nothing due.
    const waitMs = Math.ceil(Math.max(0, deadlineMs - performance.now())) + 1;
    this.#timer = setTimeout(() => this.feed({ kind: "timer" }), waitMs);
  }
}

function failureOf(error: unknown, attempt: number): LinkInput {
  if (error instanceof ProblemError) {
    const { status, detail, retryAfterMs, kind: problem } = error;
    return { kind: "refused", attempt, status, detail, retryAfterMs, problem };
  }
  const noAnswer = error instanceof NetworkError || (error instanceof DOMException && error.name === "TimeoutError");
  if (noAnswer) return { kind: "unreachable", attempt };
  // An answer that the browser cannot apply. Status 0 is no answer's: it is tried again, and shown meanwhile.
  const detail = `The browser could not use the server's answer (${error instanceof Error ? error.message : String(error)}).`;
  return { kind: "refused", attempt, status: 0, detail, retryAfterMs: null };
}

/** Tell `feed` when the network comes back or the page wakes up. Returns the function that stops. */
export function listenForWaking(feed: (input: LinkInput) => void): () => void {
  const online = () => feed({ kind: "online" });
  const visible = () => {
    if (document.visibilityState === "visible") online();
  };
  window.addEventListener("online", online);
  document.addEventListener("visibilitychange", visible);
  return () => {
    window.removeEventListener("online", online);
    document.removeEventListener("visibilitychange", visible);
  };
}
