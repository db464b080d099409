/**
 * The page's session: signing in and out, and a token that holds for whoever asks. Adapter of `core/session.ts`.
 *
 * Whether this browser was signed in is noted in local storage, a word without a secret, so that visitors who never were
 * cost no request, and other tabs follow a sign-in or sign-out.
 */
import { SessionCore, type SessionView } from "../core/session";
import type { SessionToken, User } from "../protocol/account-types";
import { Backoff } from "../core/backoff";
import { ProblemError, request } from "../protocol/problem";
import { Store } from "../store";

const NOTE = "harmonie.signed-in";
/** The person signed out, and the server does not know yet. */
const OWED = "harmonie.sign-out-owed";
/** A tab that comes to the front after this long asks whether its session still is one. */
const LOOK_AGAIN_MS = 60_000;
/** A tab that stays in front asks as well, so that one signed out from elsewhere does not look signed in for long. */
const LOOK_WHILE_SHOWN_MS = 5 * 60_000;

export class Session {
  readonly store: Store<SessionView>;
  readonly #core: SessionCore;
  #refreshing: Promise<void> | null = null;
  #askedAtMs = 0;

  constructor() {
    this.#core = new SessionCore(readNote(NOTE));
    this.store = new Store(this.#core.view);
  }

  /** Find out who is here, and follow the other tabs from now on. */
  start(): void {
    void this.#findOut();
    const settle = () => void this.#settle().catch(() => undefined);
    window.addEventListener("online", settle);
    settle();
    window.addEventListener("storage", (event) => {
      if (event.key !== NOTE) return;
      if (event.newValue === null) this.#leave(false);
      else if (this.#core.view.state === "out") void this.refresh().catch(() => undefined);
    });
    const look = (afterMs: number) => () => {
      const idle = document.visibilityState !== "visible" || this.#core.view.state !== "in";
      if (!idle && Date.now() - this.#askedAtMs > afterMs) void this.refresh().catch(() => undefined);
    };
    document.addEventListener("visibilitychange", look(LOOK_AGAIN_MS));
    setInterval(look(LOOK_WHILE_SHOWN_MS), LOOK_AGAIN_MS);
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
    writeNote(NOTE, true);
    writeNote(OWED, false);
    this.#show();
  }

  userChanged(user: User): void {
    this.#core.userChanged(user);
    this.#show();
  }

  /** Sign this device out. The page is signed out at once; a server that cannot be told now is told later. */
  async signOut(): Promise<void> {
    writeNote(OWED, true);
    this.forget();
    await this.#settle();
  }

  /** The session is over by the person's own doing: signed out everywhere, account deleted. */
  forget(): void {
    writeNote(NOTE, false);
    this.#leave(false);
  }

  /** Tell the server of a sign-out; the cookie says whose. */
  async #settle(): Promise<void> {
    if (!readNote(OWED)) return;
    await request("/api/v1/session", { method: "DELETE" });
    writeNote(OWED, false);
  }

  /** Ask until the server answers, one way or the other. */
  async #findOut(): Promise<void> {
    const backoff = new Backoff();
    while (this.#core.view.state === "unknown") {
      try {
        await this.refresh();
      } catch {
        this.#core.unreachable();
        this.#show();
        await untilOnline(backoff.nextMs(Math.random()));
      }
    }
  }

  async #refresh(): Promise<void> {
    this.#askedAtMs = Date.now();
    try {
      const response = await request("/api/v1/session/refresh", { method: "POST" });
      const session = (await response.json()) as SessionToken;
      // Signed out meanwhile: the answer is late.
      if (this.#core.view.state !== "out" || readNote(NOTE)) this.adopt(session);
    } catch (error) {
      if (!(error instanceof ProblemError) || (error.status !== 401 && error.status !== 403)) throw error;
      writeNote(NOTE, false);
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

/** Resolves after a while, and at once when the network comes back. */
function untilOnline(orAfterMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, orAfterMs);
    window.addEventListener("online", done);
  });
}

function readNote(key: string): boolean {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    return false;
  }
}

function writeNote(key: string, holds: boolean): void {
  try {
    if (holds) localStorage.setItem(key, "yes");
    else localStorage.removeItem(key);
  } catch {
    // Without storage a reload signs out; this page goes on.
  }
}
