/**
 * Commands that are to be sent or answered. Without I/O.
 *
 * Every one is settled once: answered, or lost. One that was sent when the connection broke is sent again when it may be.
 */
import type { RoomCommand } from "../protocol/events";

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

  /** When the first gives up, null when there is none. */
  get deadlineMs(): number | null {
    const first = this.#waiting.values().next();
    return first.done === true ? null : first.value.untilMs;
  }

  /** False when there are too many. */
  add(ticket: number, command: RoomCommand, again: boolean, nowMs: number): boolean {
    if (this.#waiting.size >= COMMANDS_MAX) return false;
    this.#waiting.set(ticket, { command, again, untilMs: nowMs + PATIENCE_MS, sentAs: null });
    return true;
  }

  /** What is to be sent to a room, in the order it was asked for; `send` gives the id it goes under. */
  send(room: string, send: (ticket: number, command: RoomCommand) => number): void {
    for (const [ticket, waiting] of this.#waiting) {
      if (waiting.command.room === room && waiting.sentAs === null) waiting.sentAs = send(ticket, waiting.command);
    }
  }

  /** It is answered or lost. Returns the id it was sent under, or null; undefined when it was settled before. */
  settle(ticket: number): number | null | undefined {
    const waiting = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    return waiting?.sentAs;
  }

  /** The connection broke. Returns those that were sent and may not be sent again. */
  broken(): readonly number[] {
    const lost: number[] = [];
    for (const [ticket, waiting] of this.#waiting) {
      if (waiting.sentAs !== null && !waiting.again) lost.push(ticket);
      waiting.sentAs = null;
    }
    return lost;
  }

  /** All, or those for a room. */
  tickets(room?: string): readonly number[] {
    return [...this.#waiting].filter(([, { command }]) => room === undefined || command.room === room).map(([ticket]) => ticket);
  }

  expired(nowMs: number): readonly number[] {
    return [...this.#waiting].filter(([, { untilMs }]) => nowMs >= untilMs).map(([ticket]) => ticket);
  }
}
