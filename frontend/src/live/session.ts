/**
 * The page's session: signing in and out, and a token that holds for whoever asks. Adapter of `core/session.ts`.
 *
 * Whether this browser was signed in is noted in local storage, a word without a secret, so that visitors who never were
 * cost no request, and other tabs follow a sign-in or sign-out.
 */
import { SessionCore, type SessionView } from "../core/session";
import type { SessionToken, User } from "../protocol/account-types";
import { ProblemError, request } from "../protocol/problem";
import { Store } from "../store";

const NOTE = "harmonie.signed-in";
/** A tab that comes to the front after this long asks whether its session still is one. */
const LOOK_AGAIN_MS = 60_000;

export class Session {
  readonly store: Store<SessionView>;
  readonly #core: SessionCore;
  #refreshing: Promise<void> | null = null;
  #askedAtMs = 0;

  constructor() {
    this.#core = new SessionCore(readNote());
    this.store = new Store(this.#core.view);
  }

  /** Find out who is here, and follow the other tabs from now on. */
  start(): void {
    if (this.#core.view.state === "unknown") void this.refresh().catch(() => undefined);
    window.addEventListener("storage", (event) => {
      if (event.key !== NOTE) return;
      if (event.newValue === null) this.#leave(false);
      else if (this.#core.view.state === "out") void this.refresh().catch(() => undefined);
    });
    document.addEventListener("visibilitychange", () => {
      const idle = document.visibilityState !== "visible" || this.#core.view.state === "out";
      if (!idle && Date.now() - this.#askedAtMs > LOOK_AGAIN_MS) void this.refresh().catch(() => undefined);
    });
  }

  /** The token to send, null when nobody is signed in. Raises NetworkError or ProblemError when it cannot be renewed now. */
  async token(): Promise<string | null> {
    let token = this.#core.tokenAt(Date.now());
    if (token === "stale") {
      await this.refresh();
      token = this.#core.tokenAt(Date.now());
    }
    return token === "stale" ? null : token;
  }

  /** Renew the token; everyone who asks meanwhile gets the same answer. A refused cookie signs the page out. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  adopt(session: SessionToken): void {
    this.#core.signedIn(session, Date.now());
    this.#askedAtMs = Date.now();
    writeNote(true);
    this.#show();
  }

  userChanged(user: User): void {
    this.#core.userChanged(user);
    this.#show();
  }

  /** Sign this device out. The page is signed out even when the server cannot be told. */
  async signOut(): Promise<void> {
    const token = this.#core.tokenAt(Date.now());
    this.forget();
    const headers = token === null || token === "stale" ? {} : { Authorization: `Bearer ${token}` };
    await request("/api/v1/session", { method: "DELETE", headers });
  }

  /** The session is over by the person's own doing: signed out everywhere, account deleted. */
  forget(): void {
    writeNote(false);
    this.#leave(false);
  }

  async #refresh(): Promise<void> {
    this.#askedAtMs = Date.now();
    try {
      const response = await request("/api/v1/session/refresh", { method: "POST" });
      const session = (await response.json()) as SessionToken;
      // Signed out meanwhile: the answer is late.
      if (this.#core.view.state !== "out" || readNote()) this.adopt(session);
    } catch (error) {
      if (!(error instanceof ProblemError) || (error.status !== 401 && error.status !== 403)) throw error;
      writeNote(false);
      this.#leave(true);
    }
  }

  #leave(ended: boolean): void {
    this.#core.signedOut(ended);
    this.#show();
  }

  #show(): void {
    this.store.set(this.#core.view);
  }
}

function readNote(): boolean {
  try {
    return localStorage.getItem(NOTE) !== null;
  } catch {
    return false;
  }
}

function writeNote(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(NOTE, "yes");
    else localStorage.removeItem(NOTE);
  } catch {
    // Without storage a reload signs out; this page goes on.
  }
}
