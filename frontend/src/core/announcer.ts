/**
 * What a screen reader says of a room: lines one by one while it is quiet, only their number when it is not. A line that
 * mentions the person is always said. Without I/O.
 */

export interface Heard {
  readonly name: string;
  readonly text: string;
  readonly mentions: boolean;
}

/** No more often than this. */
const EVERY_MS = 4000;
/** More lines than this at once are counted, not read. */
const READ = 2;

export class Announcer {
  #waiting: Heard[] = [];
  #count = 0;
  #saidAtMs = -EVERY_MS;

  /** When `say` is due; null when there is nothing to say. */
  get deadlineMs(): number | null {
    return this.#count === 0 ? null : this.#saidAtMs + EVERY_MS;
  }

  hear(line: Heard): void {
    this.#count += 1;
    if (line.mentions || this.#count <= READ) this.#waiting.push(line);
    if (this.#count > READ) this.#waiting = this.#waiting.filter(({ mentions }) => mentions).slice(-READ);
  }

  /** The words to say now; empty when it is not time. */
  say(nowMs: number): string {
    const due = this.deadlineMs;
    if (due === null || nowMs < due) return "";
    const read = this.#waiting.map(({ name, text, mentions }) => (mentions ? `${name} mentions you: ${text}` : `${name}: ${text}`));
    const others = this.#count - read.length;
    const counted = others > 0 ? [`${others} ${read.length > 0 ? "more " : ""}new ${others === 1 ? "message" : "messages"}`] : [];
    this.#waiting = [];
    this.#count = 0;
    this.#saidAtMs = nowMs;
    return [...read, ...counted].join(". ");
  }
}
