/**
 * What was asked over the present connection and is to be answered. Without I/O.
 *
 * Every command that is sent has a number of its own here, which its answer carries.
 */
import type { ClientCommand } from "../protocol/events";

export type Question = { readonly what: "join"; readonly room: string } | { readonly what: "authenticate" } | { readonly what: "command"; readonly ticket: number };

export class EventQuestions {
  #lastId = 0;
  readonly #open = new Map<number, Question & { readonly atMs: number }>();

  constructor(private readonly transmit: (command: ClientCommand) => void) {}

  /** When the oldest was asked, null when none is open. */
  get oldestAtMs(): number | null {
    const oldest = this.#open.values().next();
    return oldest.done === true ? null : oldest.value.atMs;
  }

  get signingIn(): boolean {
    return [...this.#open.values()].some(({ what }) => what === "authenticate");
  }

  /** Send a command under a new number, which is returned. */
  ask(question: Question, nowMs: number, command: (id: number) => ClientCommand): number {
    const id = this.tell(command);
    this.#open.set(id, { ...question, atMs: nowMs });
    return id;
  }

  /** Send a command whose answer nobody waits for. */
  tell(command: (id: number) => ClientCommand): number {
    const id = ++this.#lastId;
    this.transmit(command(id));
    return id;
  }

  /** What an answer is to; from now on it is answered. Undefined for what was not asked, or given up. */
  answered(id: number): Question | undefined {
    const question = this.#open.get(id);
    this.#open.delete(id);
    return question;
  }

  giveUp(id: number | null): void {
    if (id !== null) this.#open.delete(id);
  }

  /** The connection is gone, and every answer with it. */
  clear(): void {
    this.#open.clear();
  }
}
