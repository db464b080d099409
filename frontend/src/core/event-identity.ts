/**
 * Whom the connection takes the person for, and whom the page does. Without I/O.
 *
 * After the welcome the connection is told who is there, and only then rooms are joined, so that they are joined once and
 * with the right rights. A token that is long in coming is not waited for: rooms are joined by nobody in particular, and
 * again once it is there. What is to be joined is answered by the methods, for the caller to do.
 */
import type { Authenticated } from "../protocol/events";
import type { EventQuestions } from "./event-questions";
import type { EventsEffect } from "./event-types";

/** As an identity: somebody was signed in when last here, and nobody knows yet whether they still are. */
export const UNKNOWN = "unknown";

/** Without a token by then, the rooms are joined by nobody in particular first. */
const TOKEN_PATIENCE_MS = 4000;
/** The token is sent anew this long before it expires; the page's session renews it a little earlier than that. */
const SIGN_IN_AHEAD_MS = 20_000;

/** Rooms to join now: all of them anew, those that are not joined yet, or none. */
export type Joining = "all" | "unjoined" | "none";

export class EventIdentity {
  /** Who the page says is there, and whom this connection was told of; undefined: nobody yet. */
  #user: string | null = null;
  #told: string | null | undefined = undefined;
  #tokenAsked = 0;
  #patienceMs: number | null = null;
  #renewed = false;
  #signInAgainMs: number | null = null;

  constructor(
    private readonly questions: EventQuestions,
    private readonly emit: (effect: EventsEffect) => void,
  ) {}

  get deadlineMs(): number | null {
    if (this.#patienceMs === null || this.#signInAgainMs === null) return this.#patienceMs ?? this.#signInAgainMs;
    return Math.min(this.#patienceMs, this.#signInAgainMs);
  }

  /** Rooms wait for it. */
  get pending(): boolean {
    return this.#patienceMs !== null || this.questions.signingIn;
  }

  /** The connection is up; a cookie may have said who it is. */
  welcomed(told: string | null, nowMs: number): Joining {
    this.#told = told;
    if (this.#user === told || (this.#user === UNKNOWN && told !== null)) return "all";
    if (this.#user === null) this.#signOut(nowMs);
    else this.#askForToken(false, nowMs);
    return "none";
  }

  /** The page says who is there. */
  changed(user: string | null, up: boolean, nowMs: number): void {
    if (user === this.#user) return;
    this.#user = user;
    this.#renewed = false;
    if (user === this.#told || !up) return;
    if (user !== null) this.#askForToken(false, nowMs);
    else if (this.#told !== null) this.#signOut(nowMs);
  }

  /** The answer to the effect `token`. */
  token(asked: number, token: string | null, nowMs: number): Joining {
    if (asked !== this.#tokenAsked) return "none";
    this.#patienceMs = null;
    if (token === null) return "unjoined";
    this.questions.ask({ what: "authenticate" }, nowMs, (id) => ({ type: "authenticate", id, token }));
    return "none";
  }

  authenticated(message: Authenticated, nowMs: number): Joining {
    const told = message.user?.id ?? null;
    const changed = told !== this.#told;
    this.#told = told;
    this.#renewed = false;
    if (told !== null && this.#user === null) {
      // Signed out on the page meanwhile.
      this.#signOut(nowMs);
      return "none";
    }
    const life = message.expires_in_ms;
    this.#signInAgainMs = life === null ? null : nowMs + Math.max(life - SIGN_IN_AHEAD_MS, life / 2, 1000);
    return changed ? "all" : "unjoined";
  }

  /** The token was not taken: once more, with another. */
  refused(nowMs: number): Joining {
    if (this.#renewed) return "unjoined";
    this.#renewed = true;
    this.#askForToken(true, nowMs);
    return "none";
  }

  /** The server does not take the person for signed in any more. */
  ended(): void {
    this.#told = null;
    this.#signInAgainMs = null;
  }

  /** After `ended`: for as long as the page says that somebody is there. */
  comeBack(nowMs: number): void {
    if (this.#user === null) return;
    this.#renewed = true;
    this.#askForToken(true, nowMs);
  }

  timer(nowMs: number): Joining {
    const late = this.#patienceMs !== null && nowMs >= this.#patienceMs;
    if (late) this.#patienceMs = null;
    if (this.#signInAgainMs !== null && nowMs >= this.#signInAgainMs) {
      this.#signInAgainMs = null;
      this.#askForToken(false, nowMs);
    }
    return late ? "unjoined" : "none";
  }

  /** The connection is gone. */
  lost(): void {
    this.#told = undefined;
    this.#patienceMs = null;
    this.#tokenAsked += 1;
    this.#signInAgainMs = null;
  }

  #signOut(nowMs: number): void {
    this.#signInAgainMs = null;
    this.questions.ask({ what: "authenticate" }, nowMs, (id) => ({ type: "authenticate", id }));
  }

  #askForToken(renew: boolean, nowMs: number): void {
    this.#tokenAsked += 1;
    this.#patienceMs = nowMs + TOKEN_PATIENCE_MS;
    this.emit({ kind: "token", asked: this.#tokenAsked, renew });
  }
}
