/**
 * The page's connection to the server's events: a state machine without I/O.
 *
 * Theory of operation
 *
 *   idle --enter--> connecting --welcome--> up --lost--> waiting --deadline--> connecting
 *                       |                    |              ^
 *                       +--- no answer ------+--------------+
 *                       +--- a close code of 4500 or more --+--> refused --retry--> connecting
 *   any --no room for a while--> idle
 *
 * After the welcome it says who the person is, if anybody, and only then joins its rooms, so that they are joined once and
 * with the right rights. A room remembers its position, the (epoch, offset) of the last event: after a reconnect it joins
 * with it and gets what it missed, or a fresh snapshot. An event beyond the next offset is a gap: it is not passed on,
 * the room is joined again from its position. An event at or before the position is a double, and passed over.
 *
 * Commands wait until their room is joined. One that was sent and not answered when the connection broke is sent again
 * when it may be (`again`: it carries an idempotency key, or doing it twice is doing it once), else it has failed.
 *
 * The adapter's duty: carry out effects in order, feed what happens, and send a `timer` input once `deadlineMs` has
 * passed. Attempts are numbered as in `link.ts`; news of an older one is ignored. Times are of any steady clock.
 */
import {
  type Authenticated,
  type ClientCommand,
  type CommandError,
  EVENTS_VERSION,
  type Joined,
  mayComeBack,
  type RoomCommand,
  type RoomEvent,
  type ServerMessage,
  type Welcome,
} from "../protocol/events";
import { Backoff } from "./backoff";
import { EventCommands } from "./event-commands";
import { EventRoom } from "./event-room";
import type { ConnectionState, ConnectionView, EventsEffect, EventsInput, Outcome, RoomView } from "./event-types";

/** As an identity: somebody was signed in when last here, and nobody knows yet whether they still are. */
export const UNKNOWN = "unknown";

/** In place of a close code: the server speaks a version that this page does not. */
export const UNSUPPORTED = 4501;

/** From opening the socket to the welcome. */
const CONNECT_MS = 15_000;
/** A command, a join, a sign-in that is not answered for this long: the connection is dead. */
const ANSWER_MS = 10_000;
/** A connection that lasted this long was a good one. */
const STABLE_MS = 5000;
/** A socket that has been silent for this long is asked whether it is still there. */
const PROBE_AFTER_MS = 45_000;
/** Without a token by then, the rooms are joined by nobody in particular first. */
const TOKEN_PATIENCE_MS = 4000;
/** The token is sent anew this long before it expires; the page's session renews it a little earlier than that. */
const SIGN_IN_AHEAD_MS = 20_000;
/** An unused connection is kept this long: the next page may want it. */
const LINGER_MS = 5000;
/** A room that could not be joined just now is tried again after this, unless the server says how long. */
const JOIN_AGAIN_MS = 2000;

/** A room refused for one of these stays refused for this person. */
const FINAL_JOIN_ERRORS: ReadonlySet<string> = new Set(["no_such_room", "not_allowed", "not_signed_in", "banned", "moved", "malformed"]);

/** A room closed for this reason opens again. */
const PASSING = "storage_unavailable";

type Asked = { readonly what: "join"; readonly room: string } | { readonly what: "authenticate" } | { readonly what: "command"; readonly ticket: number };

export class EventsCore {
  #state: ConnectionState = "idle";
  #attempt = 0;
  #failures = 0;
  #code: number | null = null;
  #welcomed = false;
  #deadlineMs: number | null = null;
  #upSinceMs = 0;
  #heardAtMs = 0;
  #nextId = 0;
  readonly #asked = new Map<number, Asked & { readonly atMs: number }>();
  readonly #rooms = new Map<string, EventRoom>();
  readonly #commands = new EventCommands();
  /** Who the page says is there, and whom this connection was told of; undefined: nobody yet. */
  #user: string | null = null;
  #toldUser: string | null | undefined = undefined;
  #tokenAsked = 0;
  #tokenPatienceMs: number | null = null;
  #tokenRenewed = false;
  #signInAgainMs: number | null = null;
  #unusedSinceMs: number | null = null;
  readonly #backoff = new Backoff();
  #effects: EventsEffect[] = [];

  /** `jitter` returns a random number in [0, 1). */
  constructor(private readonly jitter: () => number) {}

  get attempt(): number {
    return this.#attempt;
  }

  get view(): ConnectionView {
    return { state: this.#state, failures: this.#failures, code: this.#state === "refused" ? this.#code : null };
  }

  /** Null for a room that nobody is in. */
  room(name: string): RoomView | null {
    return this.#rooms.get(name)?.view(this.#state === "up") ?? null;
  }

  /** When a `timer` input is due, null when none is. */
  get deadlineMs(): number | null {
    const due: (number | null)[] = [this.#deadlineMs, this.#tokenPatienceMs, this.#signInAgainMs];
    if (this.#unusedSinceMs !== null) due.push(this.#unusedSinceMs + LINGER_MS);
    if (this.#state === "up") {
      const oldest = this.#asked.values().next();
      due.push(oldest.done === true ? this.#heardAtMs + PROBE_AFTER_MS : oldest.value.atMs + ANSWER_MS);
      for (const room of this.#rooms.values()) due.push(room.againAtMs);
    }
    due.push(this.#commands.deadlineMs);
    return due.reduce<number | null>((least, at) => (at === null ? least : least === null ? at : Math.min(least, at)), null);
  }

  handle(input: EventsInput, nowMs: number): EventsEffect[] {
    this.#effects = [];
    switch (input.kind) {
      case "enter":
        this.#enter(input.room, nowMs);
        break;
      case "exit":
        this.#exit(input.room, nowMs);
        break;
      case "command":
        this.#onCommand(input.ticket, input.command, input.again, nowMs);
        break;
      case "identity":
        this.#onIdentity(input.user, nowMs);
        break;
      case "token":
        this.#onToken(input.asked, input.token, nowMs);
        break;
      case "messages":
        if (input.attempt !== this.#attempt || !this.#active()) break;
        this.#heardAtMs = nowMs;
        for (const message of input.messages) this.#onMessage(message, nowMs);
        break;
      case "closed":
        if (input.attempt === this.#attempt && this.#active()) this.#onClosed(input.code, nowMs);
        break;
      case "online":
        if (this.#state === "waiting") this.#connect(nowMs);
        else if (this.#state === "up") this.#probe(nowMs);
        break;
      case "retry":
        if (this.#state === "refused") this.#connect(nowMs);
        break;
      case "timer":
        this.#onTimer(nowMs);
        break;
    }
    return this.#effects;
  }

  // Rooms

  #enter(name: string, nowMs: number): void {
    this.#unusedSinceMs = null;
    if (this.#rooms.has(name)) return;
    this.#rooms.set(name, new EventRoom());
    if (this.#state === "idle") this.#connect(nowMs);
    else if (this.#mayJoin()) this.#join(name, nowMs);
  }

  #exit(name: string, nowMs: number): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    this.#rooms.delete(name);
    this.#lose(this.#commands.tickets(name));
    if (this.#state === "up" && (room.asked !== null || room.inside)) {
      // Nobody waits for the answer.
      this.#transmit({ type: "leave", id: ++this.#nextId, room: name });
    }
    if (this.#rooms.size === 0) this.#unusedSinceMs = nowMs;
  }

  #join(name: string, nowMs: number): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    if (room.asked !== null) this.#asked.delete(room.asked);
    const id = this.#ask({ what: "join", room: name }, nowMs);
    room.asked = id;
    room.againAtMs = null;
    if (!room.inside) room.state = "joining";
    this.#transmit({ type: "join", id, room: name, ...room.position() });
  }

  #joinAll(nowMs: number): void {
    for (const name of this.#rooms.keys()) this.#join(name, nowMs);
  }

  #onJoined(message: Joined, nowMs: number): void {
    const asked = this.#asked.get(message.id);
    const room = this.#rooms.get(message.room);
    if (asked?.what !== "join" || room === undefined || room.asked !== message.id) return;
    this.#asked.delete(message.id);
    room.asked = null;
    if (message.recovered) {
      const missed = room.recover(message.epoch, message.offset, message.events ?? []);
      if (missed === null) {
        // An answer that is not whole is no answer: begin anew.
        room.forget();
        this.#join(message.room, nowMs);
        return;
      }
      for (const { data } of missed) this.#effects.push({ kind: "event", room: message.room, data });
    } else {
      this.#begin(message.room, room, message);
    }
    room.enter();
    if (message.you !== undefined) this.#effects.push({ kind: "you", room: message.room, you: message.you });
    this.#sendWaiting(message.room, nowMs);
  }

  #begin(name: string, room: EventRoom, { epoch, offset, snapshot }: { epoch: string; offset: number; snapshot?: unknown }): void {
    room.begin(epoch, offset);
    this.#effects.push({ kind: "snapshot", room: name, snapshot });
  }

  #onEvent(name: string, event: RoomEvent, nowMs: number): void {
    const room = this.#rooms.get(name);
    if (room === undefined || !room.known) return;
    const met = room.meet(event);
    if (met === "next") this.#effects.push({ kind: "event", room: name, data: event.data });
    else if (met === "gap" && room.asked === null) this.#join(name, nowMs);
  }

  // Messages

  #onMessage(message: ServerMessage, nowMs: number): void {
    if (!this.#active()) return; // An earlier message of this frame ended the connection.
    switch (message.type) {
      case "welcome":
        this.#onWelcome(message, nowMs);
        break;
      case "authenticated":
        this.#onAuthenticated(message, nowMs);
        break;
      case "joined":
        this.#onJoined(message, nowMs);
        break;
      case "done":
        this.#onAnswer(message.id, { kind: "done", result: message.result });
        break;
      case "error":
        this.#onError(message, nowMs);
        break;
      case "event":
        this.#onEvent(message.room, message, nowMs);
        break;
      case "signal":
        if (this.#rooms.has(message.room)) this.#effects.push({ kind: "signal", room: message.room, data: message.data });
        break;
      case "signed_out":
        this.#toldUser = null;
        this.#signInAgainMs = null;
        // From now on as nobody in particular, until a new token was taken.
        this.#joinAll(nowMs);
        if (this.#user === null) break;
        this.#tokenRenewed = true;
        this.#askForToken(true, nowMs);
        break;
      case "interrupted":
      case "resumed":
        this.#onInterruption(message.room, message.type === "interrupted");
        break;
      case "reset": {
        const room = this.#rooms.get(message.room);
        if (room === undefined) break;
        this.#begin(message.room, room, message);
        if (room.state === "interrupted") room.state = "joined";
        break;
      }
      case "you":
        if (this.#rooms.has(message.room)) this.#effects.push({ kind: "you", room: message.room, you: message.you });
        break;
      case "room_closed":
        this.#onRoomClosed(message.room, message.reason, nowMs);
        break;
    }
  }

  #onInterruption(name: string, interrupted: boolean): void {
    const room = this.#rooms.get(name);
    if (room?.state === "joined" && interrupted) room.state = "interrupted";
    else if (room?.state === "interrupted" && !interrupted) room.state = "joined";
  }

  #onRoomClosed(name: string, reason: string, nowMs: number): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    if (room.asked !== null) this.#asked.delete(room.asked);
    room.asked = null;
    if (reason === PASSING) {
      room.leave("joining", "", "");
      room.againAtMs = nowMs + JOIN_AGAIN_MS;
      return;
    }
    room.leave("closed", reason, "");
    this.#lose(this.#commands.tickets(name));
  }

  #onAnswer(id: number, outcome: Outcome): void {
    const asked = this.#asked.get(id);
    if (asked?.what !== "command") return;
    this.#asked.delete(id);
    this.#answer(asked.ticket, outcome);
  }

  #onError(error: CommandError, nowMs: number): void {
    const asked = typeof error.id === "number" ? this.#asked.get(error.id) : undefined;
    if (asked === undefined || typeof error.id !== "number") return;
    switch (asked.what) {
      case "command":
        this.#onAnswer(error.id, { kind: "error", error });
        break;
      case "join":
        this.#asked.delete(error.id);
        this.#onJoinRefused(asked.room, error, nowMs);
        break;
      case "authenticate":
        this.#asked.delete(error.id);
        this.#onSignInRefused(nowMs);
        break;
    }
  }

  #onJoinRefused(name: string, error: CommandError, nowMs: number): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    room.asked = null;
    if (error.code === "moved" && error.name) this.#effects.push({ kind: "moved", room: name, name: error.name });
    if (FINAL_JOIN_ERRORS.has(error.code)) room.leave("refused", error.code, error.detail);
    else room.againAtMs = nowMs + (error.retry_after_ms ?? JOIN_AGAIN_MS);
  }

  // Who is there

  #onWelcome(message: Welcome, nowMs: number): void {
    if (message.version !== EVENTS_VERSION) {
      this.#refuse(UNSUPPORTED);
      return;
    }
    this.#welcomed = true;
    this.#state = "up";
    this.#failures = 0;
    this.#deadlineMs = null;
    this.#upSinceMs = nowMs;
    this.#toldUser = message.user?.id ?? null;
    // A cookie may have said who it is.
    if (this.#user === this.#toldUser || (this.#user === UNKNOWN && this.#toldUser !== null)) this.#joinAll(nowMs);
    else if (this.#user === null) this.#signOut(nowMs);
    else this.#askForToken(false, nowMs);
  }

  #onIdentity(user: string | null, nowMs: number): void {
    if (user === this.#user) return;
    this.#user = user;
    this.#tokenRenewed = false;
    if (user === this.#toldUser) return;
    if (!this.#welcomed || this.#state !== "up") return;
    if (user !== null) {
      this.#askForToken(false, nowMs);
    } else if (this.#toldUser !== null) {
      this.#signOut(nowMs);
    }
  }

  #signOut(nowMs: number): void {
    this.#signInAgainMs = null;
    this.#transmit({ type: "authenticate", id: this.#ask({ what: "authenticate" }, nowMs) });
  }

  #askForToken(renew: boolean, nowMs: number): void {
    this.#tokenAsked += 1;
    this.#tokenPatienceMs = nowMs + TOKEN_PATIENCE_MS;
    this.#effects.push({ kind: "token", asked: this.#tokenAsked, renew });
  }

  #onToken(asked: number, token: string | null, nowMs: number): void {
    if (asked !== this.#tokenAsked || this.#state !== "up") return;
    this.#tokenPatienceMs = null;
    if (token === null) {
      this.#joinUnjoined(nowMs);
      return;
    }
    const id = this.#ask({ what: "authenticate" }, nowMs);
    this.#transmit({ type: "authenticate", id, token });
  }

  #onAuthenticated(message: Authenticated, nowMs: number): void {
    if (this.#asked.get(message.id)?.what !== "authenticate") return;
    this.#asked.delete(message.id);
    const user = message.user?.id ?? null;
    const changed = user !== this.#toldUser;
    this.#toldUser = user;
    this.#tokenRenewed = false;
    if (user !== null && this.#user === null) {
      // Signed out on the page meanwhile.
      this.#signOut(nowMs);
      return;
    }
    const life = message.expires_in_ms;
    this.#signInAgainMs = life === null ? null : nowMs + Math.max(life - SIGN_IN_AHEAD_MS, life / 2, 1000);
    if (changed) this.#joinAll(nowMs);
    else this.#joinUnjoined(nowMs);
  }

  #onSignInRefused(nowMs: number): void {
    if (this.#tokenRenewed) {
      this.#joinUnjoined(nowMs);
      return;
    }
    this.#tokenRenewed = true;
    this.#askForToken(true, nowMs);
  }

  /** Join what is not joined yet, as whoever the connection takes the person for. */
  #joinUnjoined(nowMs: number): void {
    for (const [name, room] of this.#rooms) {
      if (room.state === "joining" && room.asked === null) this.#join(name, nowMs);
    }
  }

  #mayJoin(): boolean {
    const signingIn = this.#tokenPatienceMs !== null || [...this.#asked.values()].some(({ what }) => what === "authenticate");
    return this.#state === "up" && !signingIn;
  }

  // Commands

  #onCommand(ticket: number, command: RoomCommand, again: boolean, nowMs: number): void {
    const state = this.#rooms.get(command.room)?.state;
    const possible = state !== undefined && state !== "refused" && state !== "closed" && this.#state !== "refused";
    if (possible && this.#commands.add(ticket, command, again, nowMs)) this.#sendWaiting(command.room, nowMs);
    else this.#effects.push({ kind: "answered", ticket, outcome: { kind: "lost" } });
  }

  #sendWaiting(name: string, nowMs: number): void {
    if (this.#state !== "up" || this.#rooms.get(name)?.inside !== true) return;
    this.#commands.send(name, (ticket, command) => {
      const id = this.#ask({ what: "command", ticket }, nowMs);
      this.#transmit({ id, ...command });
      return id;
    });
  }

  #answer(ticket: number, outcome: Outcome): void {
    const sentAs = this.#commands.settle(ticket);
    if (sentAs === undefined) return;
    if (sentAs !== null) this.#asked.delete(sentAs);
    this.#effects.push({ kind: "answered", ticket, outcome });
  }

  #lose(tickets: readonly number[]): void {
    for (const ticket of tickets) this.#answer(ticket, { kind: "lost" });
  }

  // The connection

  #connect(nowMs: number): void {
    this.#attempt += 1;
    this.#state = "connecting";
    this.#welcomed = false;
    this.#code = null;
    this.#deadlineMs = nowMs + CONNECT_MS;
    this.#effects.push({ kind: "connect", attempt: this.#attempt });
  }

  #onClosed(code: number, nowMs: number): void {
    if (mayComeBack(code)) this.#retry(nowMs);
    else this.#refuse(code);
  }

  #retry(nowMs: number): void {
    if (this.#state === "up" && nowMs - this.#upSinceMs >= STABLE_MS) this.#backoff.reset();
    this.#drop();
    this.#failures += 1;
    this.#state = "waiting";
    this.#deadlineMs = nowMs + this.#backoff.nextMs(this.jitter());
  }

  #refuse(code: number): void {
    this.#drop();
    this.#failures += 1;
    this.#state = "refused";
    this.#code = code;
    this.#lose(this.#commands.tickets());
  }

  /** Let go of the socket, and of everything that was asked over it. */
  #drop(): void {
    if (this.#active()) this.#effects.push({ kind: "disconnect", attempt: this.#attempt });
    this.#state = "idle";
    this.#deadlineMs = null;
    this.#tokenPatienceMs = null;
    this.#tokenAsked += 1;
    this.#signInAgainMs = null;
    this.#toldUser = undefined;
    this.#asked.clear();
    for (const room of this.#rooms.values()) room.lost();
    this.#lose(this.#commands.broken());
  }

  /** Joining again from the present position changes nothing on a live connection, and is not answered on a dead one. */
  #probe(nowMs: number): void {
    for (const [name, room] of this.#rooms) {
      if (room.state === "joined" && room.asked === null) {
        this.#join(name, nowMs);
        return;
      }
    }
    // Nothing to ask for: look again later.
    this.#heardAtMs = nowMs;
  }

  #onTimer(nowMs: number): void {
    this.#lose(this.#commands.expired(nowMs));
    if (this.#unusedSinceMs !== null && nowMs >= this.#unusedSinceMs + LINGER_MS) {
      this.#unusedSinceMs = null;
      this.#drop();
      this.#backoff.reset();
      this.#failures = 0;
      return;
    }
    if (this.#deadlineMs !== null && nowMs >= this.#deadlineMs) {
      if (this.#state === "waiting") this.#connect(nowMs);
      else this.#retry(nowMs);
      return;
    }
    if (this.#state === "up") this.#onTimerWhileUp(nowMs);
  }

  #onTimerWhileUp(nowMs: number): void {
    const oldest = this.#asked.values().next();
    if (oldest.done !== true && nowMs >= oldest.value.atMs + ANSWER_MS) {
      this.#retry(nowMs);
      return;
    }
    if (oldest.done === true && nowMs >= this.#heardAtMs + PROBE_AFTER_MS) this.#probe(nowMs);
    if (this.#tokenPatienceMs !== null && nowMs >= this.#tokenPatienceMs) {
      this.#tokenPatienceMs = null;
      this.#joinUnjoined(nowMs);
    }
    if (this.#signInAgainMs !== null && nowMs >= this.#signInAgainMs) {
      this.#signInAgainMs = null;
      this.#askForToken(false, nowMs);
    }
    for (const [name, room] of this.#rooms) if (room.againAtMs !== null && nowMs >= room.againAtMs) this.#join(name, nowMs);
  }

  #active(): boolean {
    return this.#state === "connecting" || this.#state === "up";
  }

  #ask(asked: Asked, atMs: number): number {
    const id = ++this.#nextId;
    this.#asked.set(id, { ...asked, atMs });
    return id;
  }

  #transmit(command: ClientCommand): void {
    this.#effects.push({ kind: "transmit", attempt: this.#attempt, command });
  }
}
