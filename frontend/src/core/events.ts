/**
 * The page's connection to the server's events: a state machine without I/O, put together from its parts.
 *
 *   event-connection  the socket: opened, welcomed, lost, tried again, refused
 *   event-identity    who the person is to the server; rooms are joined when it knows
 *   event-rooms       rooms, each with its position; events in order and once, coming back without a hole
 *   event-commands    what is sent to rooms: answered once, or lost
 *   event-questions   what was asked over the present connection, for all of them
 *
 * The adapter's duty: carry out effects in order, feed what happens, and send a `timer` input once `deadlineMs` has
 * passed. Attempts are numbered as in `link.ts`; news of an older one is ignored. Times are of any steady clock.
 */
import { type CommandError, EVENTS_VERSION, mayComeBack, type ServerMessage, type Welcome } from "../protocol/events";
import { EventCommands } from "./event-commands";
import { EventConnection } from "./event-connection";
import { EventIdentity, type Joining } from "./event-identity";
import { EventQuestions } from "./event-questions";
import { EventRooms } from "./event-rooms";
import type { ConnectionView, EventsEffect, EventsInput, RoomView } from "./event-types";

export { UNKNOWN } from "./event-identity";

/** In place of a close code: the server speaks a version that this page does not. */
export const UNSUPPORTED = 4501;

/** The close code for an address that may not come back to a room. */
const SHUT_OUT = 4503;

export class EventsCore {
  #effects: EventsEffect[] = [];
  readonly #emit = (effect: EventsEffect): void => void this.#effects.push(effect);
  readonly #connection: EventConnection;
  readonly #questions = new EventQuestions((command) => this.#emit({ kind: "transmit", attempt: this.attempt, command }));
  readonly #identity = new EventIdentity(this.#questions, this.#emit);
  readonly #rooms = new EventRooms(this.#questions, this.#emit);
  readonly #commands = new EventCommands(this.#questions, this.#emit);

  /** `jitter` returns a random number in [0, 1). */
  constructor(jitter: () => number) {
    this.#connection = new EventConnection(jitter, this.#emit);
  }

  get attempt(): number {
    return this.#connection.attempt;
  }

  get view(): ConnectionView {
    return this.#connection.view;
  }

  /** Null for a room that nobody is in. */
  room(name: string): RoomView | null {
    return this.#rooms.view(name, this.#connection.up);
  }

  /** When a `timer` input is due, null when none is. */
  get deadlineMs(): number | null {
    const due = [
      this.#connection.deadlineMs(this.#questions.oldestAtMs),
      this.#identity.deadlineMs,
      this.#connection.up ? this.#rooms.deadlineMs : null,
      this.#rooms.unneededAtMs,
      this.#commands.deadlineMs,
    ];
    return due.reduce((least, at) => (at === null ? least : least === null ? at : Math.min(least, at)), null);
  }

  handle(input: EventsInput, nowMs: number): EventsEffect[] {
    this.#effects = [];
    switch (input.kind) {
      case "enter":
        this.#enter(input.room, nowMs);
        break;
      case "exit":
        if (!this.#rooms.exit(input.room, this.#connection.up, nowMs)) break;
        this.#commands.lose(input.room);
        // Perhaps that was the room one is shut out of; the others are open.
        if (this.#shutOut && this.#rooms.unneededAtMs === null) this.#connection.connect(nowMs);
        break;
      case "command": {
        const { ticket, command, again } = input;
        const possible = this.#rooms.open(command.room) && this.#connection.state !== "refused";
        if (this.#commands.add(ticket, command, again, possible, nowMs)) this.#sendWaiting(command.room, nowMs);
        break;
      }
      case "identity":
        this.#identity.changed(input.user, this.#connection.up, nowMs);
        break;
      case "token":
        if (this.#connection.up) this.#join(this.#identity.token(input.asked, input.token, nowMs), nowMs);
        break;
      case "messages":
        if (input.attempt !== this.attempt || !this.#connection.active) break;
        this.#connection.heard(nowMs);
        for (const message of input.messages) this.#onMessage(message, nowMs);
        break;
      case "closed":
        if (input.attempt !== this.attempt || !this.#connection.active) break;
        if (mayComeBack(input.code)) this.#retry(nowMs);
        else this.#refuse(input.code);
        break;
      case "online":
        if (this.#connection.state === "waiting") this.#connection.connect(nowMs);
        else if (this.#connection.up) this.#probe(nowMs);
        break;
      case "retry":
        if (this.#connection.state === "refused") this.#connection.connect(nowMs);
        break;
      case "timer":
        this.#onTimer(nowMs);
        break;
    }
    return this.#effects;
  }

  #enter(name: string, nowMs: number): void {
    if (!this.#rooms.enter(name)) return;
    if (this.#connection.state === "idle" || this.#shutOut) this.#connection.connect(nowMs);
    else if (this.#connection.up && !this.#identity.pending) this.#rooms.join(name, nowMs);
  }

  /** The address is shut out of a room it wants to be in, but not of others. */
  get #shutOut(): boolean {
    return this.#connection.view.code === SHUT_OUT;
  }

  #join(which: Joining, nowMs: number): void {
    if (which === "all") this.#rooms.joinAll(nowMs);
    else if (which === "unjoined") this.#rooms.joinUnjoined(nowMs);
  }

  #sendWaiting(room: string, nowMs: number): void {
    if (this.#connection.up && this.#rooms.inside(room)) this.#commands.send(room, nowMs);
  }

  #onMessage(message: ServerMessage, nowMs: number): void {
    if (!this.#connection.active) return; // An earlier message of this frame ended the connection.
    switch (message.type) {
      case "welcome":
        this.#onWelcome(message, nowMs);
        break;
      case "authenticated":
        if (this.#questions.answered(message.id)?.what === "authenticate") this.#join(this.#identity.authenticated(message, nowMs), nowMs);
        break;
      case "joined":
        if (this.#rooms.joined(message, nowMs)) this.#sendWaiting(message.room, nowMs);
        break;
      case "done": {
        const asked = this.#questions.answered(message.id);
        if (asked?.what === "command") this.#commands.settle(asked.ticket, { kind: "done", result: message.result });
        break;
      }
      case "error":
        if (typeof message.id === "number") this.#onError(message.id, message, nowMs);
        break;
      case "event":
        this.#rooms.event(message.room, message, nowMs);
        break;
      case "signal":
        if (this.#rooms.has(message.room)) this.#emit({ kind: "signal", room: message.room, data: message.data });
        break;
      case "you":
        if (this.#rooms.has(message.room)) this.#emit({ kind: "you", room: message.room, you: message.you });
        break;
      case "signed_out":
        this.#identity.ended();
        // From now on as nobody in particular, until a new token was taken.
        this.#rooms.joinAll(nowMs);
        this.#identity.comeBack(nowMs);
        break;
      case "interrupted":
      case "resumed":
        this.#rooms.interrupted(message.room, message.type === "interrupted");
        break;
      case "reset":
        this.#rooms.reset(message.room, message);
        break;
      case "room_closed":
        if (this.#rooms.closed(message.room, message.reason, nowMs)) this.#commands.lose(message.room);
        break;
    }
  }

  #onWelcome(message: Welcome, nowMs: number): void {
    if (message.version !== EVENTS_VERSION) {
      this.#refuse(UNSUPPORTED);
      return;
    }
    this.#connection.welcomed(nowMs);
    this.#join(this.#identity.welcomed(message.user?.id ?? null, nowMs), nowMs);
  }

  #onError(id: number, error: CommandError, nowMs: number): void {
    const asked = this.#questions.answered(id);
    switch (asked?.what) {
      case "command":
        this.#commands.settle(asked.ticket, { kind: "error", error });
        break;
      case "join":
        this.#rooms.refused(asked.room, error, nowMs);
        break;
      case "authenticate":
        this.#join(this.#identity.refused(nowMs), nowMs);
        break;
      case undefined:
        break;
    }
  }

  #retry(nowMs: number): void {
    this.#connection.retry(nowMs);
    this.#letGo();
  }

  #refuse(code: number): void {
    this.#connection.refuse(code);
    this.#letGo();
    this.#commands.lose();
  }

  /** Of everything that was asked over the connection. */
  #letGo(): void {
    this.#identity.lost();
    this.#questions.clear();
    this.#rooms.lost();
    this.#commands.broken();
  }

  #probe(nowMs: number): void {
    if (!this.#rooms.probe(nowMs)) this.#connection.heard(nowMs);
  }

  #onTimer(nowMs: number): void {
    this.#commands.expire(nowMs);
    if (this.#rooms.unneededAtMs !== null && nowMs >= this.#rooms.unneededAtMs) {
      this.#rooms.forgotten();
      this.#connection.rest();
      this.#letGo();
      return;
    }
    switch (this.#connection.due(this.#questions.oldestAtMs, nowMs)) {
      case "connect":
        this.#connection.connect(nowMs);
        return;
      case "retry":
        this.#retry(nowMs);
        return;
      case "probe":
        this.#probe(nowMs);
        break;
      case null:
        break;
    }
    if (!this.#connection.up) return;
    this.#join(this.#identity.timer(nowMs), nowMs);
    this.#rooms.joinDue(nowMs);
  }
}
