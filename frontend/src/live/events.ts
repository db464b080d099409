/**
 * The page's one WebSocket to the server's events, shared by all rooms. Adapter of `core/events.ts`.
 *
 * Rooms are entered with a listener; commands are promises. The access token is asked of the page's session, and only
 * while somebody is signed in.
 */
import type { ConnectionView, EventsEffect, EventsInput, Outcome, RoomView } from "../core/event-types";
import { EventsCore, UNKNOWN } from "../core/events";
import { RoomMemory, type RoomNews } from "../core/room-memory";
import type { SessionView } from "../core/session";
import { type EventData, JSON_SUBPROTOCOL, readFrame, type RoomCommand, type ServerMessage } from "../protocol/events";
import type { TokenSource } from "../protocol/client";
import { Store } from "../store";
import { listenForWaking } from "./driver";

export interface RoomListener {
  /** What the room is now; what was known before is void. */
  snapshot(snapshot: unknown): void;
  event(data: EventData): void;
  signal(data: EventData): void;
  you(you: unknown): void;
  /** The connection's or the room's state has changed. */
  changed(connection: ConnectionView, room: RoomView): void;
  /** The channel has another name now. */
  moved?(name: string): void;
}

/** What is needed of the page's session; `live/session.ts` is the real one. */
export interface PageSession extends TokenSource {
  readonly store: Store<SessionView>;
}

export class Events {
  readonly store: Store<ConnectionView>;
  readonly #core = new EventsCore(Math.random);
  readonly #listeners = new Map<string, Set<RoomListener>>();
  /** For those who come to a room when others are in it. */
  readonly #memories = new Map<string, RoomMemory>();
  /** What listeners were last told of their room. */
  readonly #told = new Map<string, RoomView>();
  readonly #answers = new Map<number, (outcome: Outcome) => void>();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tickets = 0;
  #feeding = false;
  readonly #inputs: EventsInput[] = [];

  constructor(
    private readonly url: string,
    private readonly session: PageSession,
  ) {
    this.store = new Store(this.#core.view);
  }

  /** Follow the session and the network from now on. Connects only once a room is entered. */
  start(): void {
    const tell = () => {
      const view = this.session.store.get();
      this.#feed({ kind: "identity", user: view.state === "in" ? view.user.id : view.state === "unknown" ? UNKNOWN : null });
    };
    tell();
    this.session.store.subscribe(tell);
    listenForWaking(() => this.#feed({ kind: "online" }));
    // A page that is only put aside comes back to a dead socket; closing it lets the browser keep the page.
    window.addEventListener("pagehide", () => this.#socket?.close());
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.#feed({ kind: "online" });
    });
  }

  /** A page is in a room once, however many listen. Returns the function that leaves. */
  enter(room: string, listener: RoomListener): () => void {
    this.#told.delete(room);
    const others = this.#listeners.get(room);
    if (others === undefined) {
      this.#listeners.set(room, new Set([listener]));
      this.#memories.set(room, new RoomMemory());
      this.#feed({ kind: "enter", room });
    } else {
      others.add(listener);
      this.#catchUp(room, listener);
    }
    return () => this.#leave(room, listener);
  }

  #catchUp(room: string, listener: RoomListener): void {
    const news = this.#memories.get(room)?.recall() ?? null;
    if (news !== null) {
      for (const each of news) tell(listener, each);
      this.#show();
      return;
    }
    // Too much has happened since: everyone begins anew.
    this.#feed({ kind: "exit", room });
    this.#feed({ kind: "enter", room });
  }

  #leave(room: string, listener: RoomListener): void {
    const listeners = this.#listeners.get(room);
    if (listeners?.delete(listener) !== true || listeners.size > 0) return;
    this.#listeners.delete(room);
    this.#memories.delete(room);
    this.#feed({ kind: "exit", room });
  }

  /** `again`: it may be sent again when nobody knows whether it arrived. */
  command(command: RoomCommand, again: boolean): Promise<Outcome> {
    const ticket = ++this.#tickets;
    return new Promise((resolve) => {
      this.#answers.set(ticket, resolve);
      this.#feed({ kind: "command", ticket, command, again });
    });
  }

  /** After a refusal. */
  retry(): void {
    this.#feed({ kind: "retry" });
  }

  #feed(input: EventsInput): void {
    this.#inputs.push(input);
    if (this.#feeding) return; // A listener asked for something: its turn comes after the present input.
    this.#feeding = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        for (const effect of this.#core.handle(next, performance.now())) this.#carryOut(effect);
      }
    } finally {
      this.#feeding = false;
    }
    this.#arm();
    this.#show();
  }

  #carryOut(effect: EventsEffect): void {
    switch (effect.kind) {
      case "connect":
        this.#connect(effect.attempt);
        break;
      case "disconnect":
        this.#socket?.close();
        this.#socket = null;
        break;
      case "transmit":
        if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(effect.command));
        break;
      case "token":
        void this.#fetchToken(effect.asked, effect.renew);
        break;
      case "answered":
        this.#answers.get(effect.ticket)?.(effect.outcome);
        this.#answers.delete(effect.ticket);
        break;
      case "moved":
        for (const listener of [...(this.#listeners.get(effect.room) ?? [])]) listener.moved?.(effect.name);
        break;
      default:
        this.#memories.get(effect.room)?.note(effect);
        for (const listener of [...(this.#listeners.get(effect.room) ?? [])]) tell(listener, effect);
    }
  }

  #connect(attempt: number): void {
    const socket = new WebSocket(this.url, [JSON_SUBPROTOCOL]);
    this.#socket = socket;
    socket.addEventListener("message", (message: MessageEvent<unknown>) => {
      const messages: readonly ServerMessage[] = readFrame(message.data);
      if (messages.length > 0) this.#feed({ kind: "messages", attempt, messages });
    });
    socket.addEventListener("close", (event) => this.#feed({ kind: "closed", attempt, code: event.code }));
  }

  async #fetchToken(asked: number, renew: boolean): Promise<void> {
    let token: string | null = null;
    try {
      if (renew) await this.session.refresh();
      token = await this.session.token();
    } catch {
      // Not to be had now; reading goes on without.
    }
    this.#feed({ kind: "token", asked, token });
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const deadlineMs = this.#core.deadlineMs;
    if (deadlineMs === null) return;
    this.#timer = setTimeout(() => this.#feed({ kind: "timer" }), Math.ceil(Math.max(0, deadlineMs - performance.now())) + 1);
  }

  #show(): void {
    const view = this.#core.view;
    const changed = !alike(view, this.store.get());
    if (changed) this.store.set(view);
    for (const [name, listeners] of this.#listeners) {
      const room = this.#core.room(name);
      const told = this.#told.get(name);
      if (room === null || (!changed && told !== undefined && alike(room, told))) continue;
      this.#told.set(name, room);
      for (const listener of [...listeners]) listener.changed(view, room);
    }
  }
}

function tell(listener: RoomListener, news: RoomNews): void {
  switch (news.kind) {
    case "snapshot":
      return listener.snapshot(news.snapshot);
    case "event":
      return listener.event(news.data);
    case "signal":
      return listener.signal(news.data);
    case "you":
      return listener.you(news.you);
  }
}

function alike<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key]);
}

export function eventsUrl(): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`;
}
