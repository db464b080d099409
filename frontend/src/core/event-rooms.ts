/**
 * The rooms the page is in, over whatever connection there is. Without I/O.
 *
 * A room remembers its position: after a reconnect it is joined with it and gets what it missed, or a fresh snapshot. An
 * event beyond the next offset is a gap: it is not passed on, and the room is joined again from its position. An event at
 * or before the position is a double, and passed over.
 */
import type { CommandError, Joined, RoomEvent } from "../protocol/events";
import type { EventQuestions } from "./event-questions";
import { EventRoom } from "./event-room";
import type { EventsEffect, RoomView } from "./event-types";

/** An unused connection is kept this long: the next page may want it. */
const LINGER_MS = 5000;
/** A room that could not be joined just now is tried again after this, unless the server says how long. */
const JOIN_AGAIN_MS = 2000;

/** A room refused for one of these stays refused for this person. */
const FINAL_JOIN_ERRORS: ReadonlySet<string> = new Set(["no_such_room", "not_allowed", "not_signed_in", "banned", "moved", "malformed"]);

/** A room closed for this reason opens again. */
const PASSING = "storage_unavailable";

interface Fresh {
  readonly epoch: string;
  readonly offset: number;
  readonly snapshot?: unknown;
}

export class EventRooms {
  readonly #rooms = new Map<string, EventRoom>();
  #emptySinceMs: number | null = null;

  constructor(
    private readonly questions: EventQuestions,
    private readonly emit: (effect: EventsEffect) => void,
  ) {}

  /** When the connection is not needed any more; null while it is. */
  get unneededAtMs(): number | null {
    return this.#emptySinceMs === null ? null : this.#emptySinceMs + LINGER_MS;
  }

  /** When a room is to be joined again. */
  get deadlineMs(): number | null {
    const due = [...this.#rooms.values()].flatMap(({ againAtMs }) => (againAtMs === null ? [] : [againAtMs]));
    return due.length === 0 ? null : Math.min(...due);
  }

  view(name: string, up: boolean): RoomView | null {
    return this.#rooms.get(name)?.view(up) ?? null;
  }

  has(name: string): boolean {
    return this.#rooms.has(name);
  }

  inside(name: string): boolean {
    return this.#rooms.get(name)?.inside === true;
  }

  /** Commands for it may be answered some time. */
  open(name: string): boolean {
    const state = this.#rooms.get(name)?.state;
    return state !== undefined && state !== "refused" && state !== "closed";
  }

  /** False when it was there before. */
  enter(name: string): boolean {
    this.#emptySinceMs = null;
    if (this.#rooms.has(name)) return false;
    this.#rooms.set(name, new EventRoom());
    return true;
  }

  /** False when it was not there. */
  exit(name: string, up: boolean, nowMs: number): boolean {
    const room = this.#rooms.get(name);
    if (room === undefined) return false;
    this.#rooms.delete(name);
    this.questions.giveUp(room.asked);
    if (up && (room.asked !== null || room.inside)) this.questions.tell((id) => ({ type: "leave", id, room: name }));
    if (this.#rooms.size === 0) this.#emptySinceMs = nowMs;
    return true;
  }

  join(name: string, nowMs: number): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    this.questions.giveUp(room.asked);
    room.againAtMs = null;
    if (!room.inside) room.state = "joining";
    room.asked = this.questions.ask({ what: "join", room: name }, nowMs, (id) => ({ type: "join", id, room: name, ...room.position.fields }));
  }

  joinAll(nowMs: number): void {
    for (const name of this.#rooms.keys()) this.join(name, nowMs);
  }

  /** Join what is not joined yet, as whoever the connection takes the person for. */
  joinUnjoined(nowMs: number): void {
    for (const [name, room] of this.#rooms) if (room.state === "joining" && room.asked === null) this.join(name, nowMs);
  }

  joinDue(nowMs: number): void {
    for (const [name, room] of this.#rooms) if (room.againAtMs !== null && nowMs >= room.againAtMs) this.join(name, nowMs);
  }

  /** Joining again from the present position changes nothing on a live connection, and is not answered on a dead one. */
  probe(nowMs: number): boolean {
    for (const [name, room] of this.#rooms) {
      if (room.state !== "joined" || room.asked !== null) continue;
      this.join(name, nowMs);
      return true;
    }
    return false;
  }

  /** Whether the room is joined now. */
  joined(message: Joined, nowMs: number): boolean {
    const room = this.#rooms.get(message.room);
    if (room === undefined || room.asked !== message.id || this.questions.answered(message.id) === undefined) return false;
    room.asked = null;
    if (message.recovered) {
      const missed = room.position.recover(message.epoch, message.offset, message.events ?? []);
      if (missed === null) {
        // An answer that is not whole is no answer: begin anew.
        room.position.forget();
        this.join(message.room, nowMs);
        return false;
      }
      for (const { data } of missed) this.emit({ kind: "event", room: message.room, data });
    } else {
      this.#begin(message.room, room, message);
    }
    room.enter();
    if (message.you !== undefined) this.emit({ kind: "you", room: message.room, you: message.you });
    return true;
  }

  refused(name: string, error: CommandError, nowMs: number): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    room.asked = null;
    if (error.code === "moved" && error.name) this.emit({ kind: "moved", room: name, name: error.name });
    if (FINAL_JOIN_ERRORS.has(error.code)) room.leave("refused", error.code, error.detail);
    else room.againAtMs = nowMs + (error.retry_after_ms ?? JOIN_AGAIN_MS);
  }

  event(name: string, event: RoomEvent, nowMs: number): void {
    const room = this.#rooms.get(name);
    if (room === undefined || !room.position.known) return;
    const met = room.position.meet(event);
    if (met === "next") this.emit({ kind: "event", room: name, data: event.data });
    else if (met === "gap" && room.asked === null) this.join(name, nowMs);
  }

  reset(name: string, fresh: Fresh): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    this.#begin(name, room, fresh);
    room.interrupt(false);
  }

  interrupted(name: string, interrupted: boolean): void {
    this.#rooms.get(name)?.interrupt(interrupted);
  }

  /** The server put the person out. Whether for good. */
  closed(name: string, reason: string, nowMs: number): boolean {
    const room = this.#rooms.get(name);
    if (room === undefined) return false;
    this.questions.giveUp(room.asked);
    room.asked = null;
    if (reason === PASSING) {
      room.leave("joining", "", "");
      room.againAtMs = nowMs + JOIN_AGAIN_MS;
      return false;
    }
    room.leave("closed", reason, "");
    return true;
  }

  /** The connection that nobody needs is given back. */
  forgotten(): void {
    this.#emptySinceMs = null;
  }

  /** The connection is gone. */
  lost(): void {
    for (const room of this.#rooms.values()) room.lost();
  }

  #begin(name: string, room: EventRoom, { epoch, offset, snapshot }: Fresh): void {
    room.position.begin(epoch, offset);
    this.emit({ kind: "snapshot", room: name, snapshot });
  }
}
