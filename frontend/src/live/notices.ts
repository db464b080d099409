/**
 * The person's own room, `me`, for as long as they are signed in: the notices of the page. Adapter of `core/notices.ts`.
 *
 * They are kept in local storage, so that a reload loses none and what was seen in one tab is seen in all.
 */
import { noticeOf, type Notice, type Notices as List, readNotices, withNotice, withoutChannel, withoutNotice, writeNotices } from "../core/notices";
import { isPersonalEvent } from "../protocol/chat";
import type { EventData } from "../protocol/events";
import { Store } from "../store";
import type { Events, PageSession } from "./events";

const KEY = "harmonie.notices";
const ROOM = "me";
const NONE: List = [];

export interface NoticesView {
  readonly notices: List;
  /** One that came just now. */
  readonly fresh: Notice | null;
}

export class Notices {
  readonly store = new Store<NoticesView>({ notices: NONE, fresh: null });
  #user: string | null = null;
  #leave: (() => void) | null = null;
  /** Channels whose chat is on this page, each as often as it is. */
  readonly #shown = new Map<string, number>();

  constructor(
    private readonly events: Events,
    private readonly session: PageSession,
  ) {}

  start(): void {
    const follow = () => {
      const view = this.session.store.get();
      if (view.state !== "unknown") this.#become(view.state === "in" ? view.user.id : null);
    };
    follow();
    this.session.store.subscribe(follow);
    window.addEventListener("storage", (event) => {
      if (event.key === KEY && this.#user !== null) this.#take(readNotices(event.newValue, this.#user));
    });
    document.addEventListener("visibilitychange", () => this.#keep(this.store.get().notices));
  }

  /** The chat of this channel is on the page. Returns the function that takes it away. */
  look(channel: string): () => void {
    this.#shown.set(channel, (this.#shown.get(channel) ?? 0) + 1);
    this.#keep(this.store.get().notices);
    return () => {
      const left = (this.#shown.get(channel) ?? 0) - 1;
      if (left > 0) this.#shown.set(channel, left);
      else this.#shown.delete(channel);
    };
  }

  dismiss(id: string): void {
    this.#keep(withoutNotice(this.store.get().notices, id));
  }

  clear(): void {
    this.#keep(NONE);
  }

  /** It has been told. */
  told(): void {
    this.store.update({ fresh: null });
  }

  #become(user: string | null): void {
    if (user === this.#user) return;
    this.#leave?.();
    this.#leave = null;
    this.#user = user;
    if (user === null) {
      this.store.set({ notices: NONE, fresh: null });
      store(null);
      return;
    }
    this.#keep(readNotices(stored(), user));
    this.#leave = this.events.enter(ROOM, {
      snapshot: () => undefined,
      event: (data) => this.#onEvent(data),
      signal: () => undefined,
      you: () => undefined,
      changed: () => undefined,
    });
  }

  #onEvent(data: EventData): void {
    if (!isPersonalEvent(data)) return;
    const notice = noticeOf(data, Date.now());
    this.#keep(withNotice(this.store.get().notices, notice));
    if (document.visibilityState === "visible" && this.store.get().notices.includes(notice)) this.store.update({ fresh: notice });
  }

  /** What another tab wrote. What is being looked at here is seen there too. */
  #take(notices: List): void {
    const seen = this.#seen(notices);
    this.#show(seen);
    if (seen !== notices) this.#write(seen);
  }

  #keep(notices: List): void {
    const left = this.#seen(notices);
    if (left === this.store.get().notices) return;
    this.#show(left);
    this.#write(left);
  }

  #seen(notices: List): List {
    return document.visibilityState === "visible" ? withoutChannel(notices, new Set(this.#shown.keys())) : notices;
  }

  #show(notices: List): void {
    const { fresh } = this.store.get();
    this.store.set({ notices, fresh: fresh !== null && notices.some(({ id }) => id === fresh.id) ? fresh : null });
  }

  #write(notices: List): void {
    if (this.#user !== null) store(notices.length === 0 ? null : writeNotices(notices, this.#user));
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function store(value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, value);
  } catch {
    // Kept while the page is there.
  }
}
