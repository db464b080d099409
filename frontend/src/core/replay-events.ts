/**
 * Chat and tips of a replay in step with its clock: which of them to fetch, and what is seen at a moment. Without I/O.
 *
 * One stretch of the clock is known, without holes. What is seen at a moment is made from the events before it alone, so
 * it is the same however one got there. A fetch begins where, by the density, enough was said before the moment; then
 * it goes on page by page, a minute ahead. The memory is bounded: what lies furthest behind is forgotten.
 */
import type { Density, EventsPage, ReplayEvent, TimedEvent } from "../protocol/replays";
import type { Tip } from "../protocol/tips";
import type { ChatLine } from "./tip-lines";
import { TipShow } from "./tip-show";

/** What is asked for next: from a moment on, or after an earlier page. */
export interface EventsFetch {
  readonly turn: number;
  readonly fromMs: number;
  readonly after: string | null;
}

export const LINES_SHOWN = 200;
export const LINES_MOST = 1500;
export const EVENTS_KEPT = 6000;
const AHEAD_MS = 60_000;
/** The tip over the picture came within this time, or others before it did (`core/tip-show`). */
const TIPS_BACK_MS = 80_000;
/** How far back lines are sought while nobody knows how many there are. */
const BLIND_BACK_MS = 600_000;
const RETRY_MS = 4000;

interface Row {
  readonly clockMs: number;
  readonly line: ChatLine;
}

export class ReplayEvents {
  /** Known from here on. */
  #fromMs = 0;
  /** Known up to here; not the moment itself, whose events may go on on the next page. */
  #toMs = 0;
  #next: string | null = null;
  #begun = false;
  #rows: readonly Row[] = [];
  #turn = 0;
  #asked: EventsFetch | null = null;
  #againAtMs = 0;
  #last: readonly ChatLine[] = [];

  /** `beginMs`: of the recording; there is nothing before it. Without a density less can be scrolled back to. */
  constructor(
    private readonly beginMs: number,
    private readonly density: Density | null,
  ) {}

  /** Whether it is certain what is seen at this moment, with so many lines. */
  knows(clockMs: number, depth = LINES_SHOWN): boolean {
    return this.#begun && this.#floor(clockMs, depth) >= this.#fromMs && clockMs < this.#toMs;
  }

  /** There are no lines before these. */
  complete(clockMs: number, depth = LINES_SHOWN): boolean {
    return this.knows(clockMs, depth) && this.#fromMs <= this.beginMs && this.#upTo(clockMs) <= depth;
  }

  /** The next thing to fetch for whoever is at this moment; null when there is nothing, or something is on its way. */
  wanted(clockMs: number, nowMs: number, depth = LINES_SHOWN): EventsFetch | null {
    if (this.#asked !== null || nowMs < this.#againAtMs) return null;
    const floor = this.#floor(clockMs, depth);
    const outside = !this.#begun || floor < this.#fromMs || floor > this.#toMs;
    if (!outside && (this.#next === null || clockMs + AHEAD_MS < this.#toMs)) return null;
    this.#turn += 1;
    this.#asked = { turn: this.#turn, fromMs: floor, after: outside ? null : this.#next };
    return this.#asked;
  }

  /** The answer to a fetch. `clockMs`: where the person is now. */
  took(fetch: EventsFetch, page: EventsPage, clockMs: number, depth = LINES_SHOWN): void {
    if (fetch.turn !== this.#asked?.turn) return;
    this.#asked = null;
    const fresh = page.items.flatMap(rowOf);
    const lastMs = page.items.at(-1)?.clock_ms ?? fetch.fromMs;
    const toMs = page.next === null ? Number.POSITIVE_INFINITY : lastMs;
    if (fetch.after !== null) {
      this.#rows = merged(this.#rows, fresh);
      this.#toMs = toMs;
      this.#next = page.next;
    } else {
      // What was known goes on where the new ends, when they touch; else it is given up.
      const touches = this.#begun && fetch.fromMs <= this.#fromMs && toMs >= this.#fromMs;
      const further = touches && this.#toMs > toMs;
      this.#rows = touches ? merged(fresh, this.#rows) : fresh;
      this.#fromMs = fetch.fromMs;
      if (!further) {
        this.#toMs = toMs;
        this.#next = page.next;
      }
      this.#begun = true;
    }
    this.#forget(clockMs, depth);
  }

  failed(fetch: EventsFetch, nowMs: number): void {
    if (fetch.turn !== this.#asked?.turn) return;
    this.#asked = null;
    this.#againAtMs = nowMs + RETRY_MS;
  }

  /** The last lines before a moment, with those of that moment; the same object until another one is among them. */
  linesAt(clockMs: number, depth = LINES_SHOWN): readonly ChatLine[] {
    const upTo = this.#upTo(clockMs);
    const from = Math.max(0, upTo - depth);
    const same = this.#last.length === upTo - from && this.#last.every((line, index) => line === this.#rows[from + index]?.line);
    if (!same) this.#last = this.#rows.slice(from, upTo).map(({ line }) => line);
    return this.#last;
  }

  /** The tip that is over the picture, as it was for those who watched. */
  tipAt(clockMs: number): Tip | null {
    const show = new TipShow();
    const upTo = this.#upTo(clockMs);
    for (const { clockMs: atMs, line } of this.#rows.slice(this.#upTo(clockMs - TIPS_BACK_MS), upTo)) {
      if (!("tip" in line) || line.tip.state === "pending") continue;
      settle(show, atMs);
      show.seen(line.tip, atMs);
    }
    settle(show, clockMs);
    return show.shown?.tip ?? null;
  }

  /** From where on events are needed to know what is seen: the beginning of a bin, or of everything. */
  #floor(clockMs: number, depth: number): number {
    if (this.density === null) return Math.max(this.beginMs, clockMs - BLIND_BACK_MS);
    const { bin_ms: binMs, chat, tips } = this.density;
    let bin = Math.min(chat.length, Math.max(0, Math.floor((clockMs - this.beginMs) / binMs)));
    let count = 0;
    while (bin > 0 && (count < depth || this.beginMs + bin * binMs > clockMs - TIPS_BACK_MS)) {
      bin -= 1;
      count += (chat[bin] ?? 0) + (tips[bin] ?? 0);
    }
    return this.beginMs + bin * binMs;
  }

  /** How many rows there are up to a moment. */
  #upTo(clockMs: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#rows[middle] as Row).clockMs <= clockMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #forget(clockMs: number, depth: number): void {
    if (this.#rows.length <= EVENTS_KEPT) return;
    const floor = this.#floor(clockMs, depth);
    if (floor <= this.#fromMs) return;
    this.#rows = this.#rows.filter((row) => row.clockMs >= floor);
    this.#fromMs = floor;
  }
}

/** What a line or a tip becomes in the list; what a later server may send besides is left out. */
function rowOf({ clock_ms: clockMs, event }: TimedEvent): readonly Row[] {
  const line = lineOf(event);
  return line === null ? [] : [{ clockMs, line }];
}

function lineOf(event: ReplayEvent): ChatLine | null {
  switch (event.type) {
    case "said":
      return event.message;
    case "tip_seen":
      return { id: `tip:${event.tip.id}`, tip: event.tip };
    default:
      return null;
  }
}

/** Both, each line once; they are sorted, and the second goes on where the first ends or before that. */
function merged(first: readonly Row[], second: readonly Row[]): readonly Row[] {
  const known = new Set(first.map(({ line }) => line.id));
  return [...first, ...second.filter(({ line }) => !known.has(line.id))];
}

function settle(show: TipShow, nowMs: number): void {
  for (let deadlineMs = show.deadlineMs; deadlineMs !== null && deadlineMs <= nowMs; deadlineMs = show.deadlineMs) show.tick(deadlineMs);
}
