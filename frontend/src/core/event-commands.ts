/**
 * Commands that are to be sent or answered. Without I/O.
 *
 * Every one is settled once: answered, or lost. One waits until its room is joined. One that was sent and not answered
 * when the connection broke is sent again when it may be (`again`: it carries an idempotency key, or doing it twice is
 * doing it once), else it is lost.
 */
import type { RoomCommand } from "../protocol/events";
import type { EventQuestions } from "./event-questions";
import type { EventsEffect, Outcome } from "./event-types";

interface Waiting {
  readonly command: RoomCommand;
  readonly again: boolean;
  readonly untilMs: number;
  /** Id it was sent under on this connection, null while it waits to be sent. */
  sentAs: number | null;
}

/** Commands that wait for their answers; further ones are lost at once. */
const COMMANDS_MAX = 100;
/** A command that could not be sent or was not answered by then is lost. */
const PATIENCE_MS = 30_000;

export class EventCommands {
  readonly #waiting = new Map<number, Waiting>();

  constructor(
    private readonly questions: EventQuestions,
    private readonly emit: (effect: EventsEffect) => void,
  ) {}

  /** When the first gives up, null when there is none. */
  get deadlineMs(): number | null {
    const first = this.#waiting.values().next();
    return first.done === true ? null : first.value.untilMs;
  }

  /** `possible`: there is a room that could take it. False when it was lost at once. */
  add(ticket: number, command: RoomCommand, again: boolean, possible: boolean, nowMs: number): boolean {
    if (!possible || this.#waiting.size >= COMMANDS_MAX) {
      this.emit({ kind: "answered", ticket, outcome: { kind: "lost" } });
      return false;
    }
    this.#waiting.set(ticket, { command, again, untilMs: nowMs + PATIENCE_MS, sentAs: null });
    return true;
  }

  /** Send what waits for a room, in the order it was asked for. */
  send(room: string, nowMs: number): void {
    for (const [ticket, waiting] of this.#waiting) {
      if (waiting.command.room !== room || waiting.sentAs !== null) continue;
      waiting.sentAs = this.questions.ask({ what: "command", ticket }, nowMs, (id) => ({ id, ...waiting.command }));
    }
  }

  settle(ticket: number, outcome: Outcome): void {
    const waiting = this.#waiting.get(ticket);
    if (waiting === undefined) return;
    this.#waiting.delete(ticket);
    this.questions.giveUp(waiting.sentAs);
    this.emit({ kind: "answered", ticket, outcome });
  }

  /** The connection broke: what was sent and may not be sent again is lost, the rest waits anew. */
  broken(): void {
    for (const [ticket, waiting] of [...this.#waiting]) {
      if (waiting.sentAs !== null && !waiting.again) this.settle(ticket, { kind: "lost" });
      waiting.sentAs = null;
    }
  }

  /** Nobody will answer: those for a room, or all. */
  lose(room?: string): void {
    for (const [ticket, { command }] of [...this.#waiting]) if (room === undefined || command.room === room) this.settle(ticket, { kind: "lost" });
  }

  expire(nowMs: number): void {
    for (const [ticket, { untilMs }] of [...this.#waiting]) if (nowMs >= untilMs) this.settle(ticket, { kind: "lost" });
  }
}
