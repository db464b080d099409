/**
 * Who is signed in on this page, and until when its access token holds. Without I/O.
 *
 * The token lives here and nowhere else: not in storage, not in a cookie that scripts can read. A page that was loaded
 * anew gets another one with the refresh cookie, which no script sees.
 */
import type { SessionToken, User } from "../protocol/account-types";

/** `unknown` until the refresh cookie was tried, for those who were signed in when they were last here. */
export type SessionView =
  | { readonly state: "unknown"; readonly unreachable: boolean }
  | { readonly state: "out"; readonly ended: boolean }
  | { readonly state: "in"; readonly user: User; readonly sessionId: string };

/** A token this close to its end is renewed before it is used: a request takes a moment too. */
export const RENEW_BEFORE_MS = 30_000;

export class SessionCore {
  #view: SessionView;
  #token = "";
  #expiresAtMs = 0;

  /** `expected`: whether this browser was signed in when it was last here. */
  constructor(expected: boolean) {
    this.#view = expected ? { state: "unknown", unreachable: false } : { state: "out", ended: false };
  }

  get view(): SessionView {
    return this.#view;
  }

  signedIn(session: SessionToken, nowMs: number): void {
    this.#token = session.access_token;
    this.#expiresAtMs = nowMs + session.expires_in_s * 1000;
    this.#view = { state: "in", user: session.user, sessionId: session.session_id };
  }

  /** The server could not be asked who this is. */
  unreachable(): void {
    if (this.#view.state === "unknown") this.#view = { state: "unknown", unreachable: true };
  }

  /** The person changed their own account. */
  userChanged(user: User): void {
    if (this.#view.state === "in" && this.#view.user.id === user.id) this.#view = { ...this.#view, user };
  }

  /** By the person themselves, or because the server ended the session (`ended`). */
  signedOut(ended: boolean): void {
    this.#token = "";
    this.#expiresAtMs = 0;
    this.#view = { state: "out", ended: ended && this.#view.state !== "out" };
  }

  /** The token to send now; null when there is none, "stale" when one has to be fetched first. */
  tokenAt(nowMs: number): string | "stale" | null {
    if (this.#view.state === "out") return null;
    return this.#token !== "" && nowMs < this.#expiresAtMs - RENEW_BEFORE_MS ? this.#token : "stale";
  }
}

/** Where to go after signing in: a path of this site, whatever the address says. */
export function nextPath(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && !next.includes("\\") ? next : "/";
}

export function signInPath(from: string): string {
  return from === "/" || from === "" ? "/signin" : `/signin?next=${encodeURIComponent(from)}`;
}

/** The token a link of a mail carries behind its '#'. */
export function linkToken(fragment: string): string {
  return new URLSearchParams(fragment.replace(/^#/, "")).get("token") ?? "";
}
