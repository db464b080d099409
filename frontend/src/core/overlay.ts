/**
 * The alerts of a stream's overlay: which one is on screen, and which wait. No I/O.
 *
 * Theory of operation
 *
 *   waiting --its turn, and not paused--> on screen --its time is over--> gone, but the last one can be replayed
 *
 * - Each tip is shown once, however often it is told: after a reconnect the room gives what was missed, or a snapshot,
 *   which holds no tips. What waits is kept over both.
 * - A withdrawn tip leaves at once. Should the chain take it back in, it is shown only if it was not on screen before.
 * - A message can be hidden while the page is cut off. After a fresh snapshot nobody tells of that any more, so whatever
 *   was known before is shown without its message then.
 * - Paused, no waiting tip comes on screen; what the artist asks for now (replay, test) does.
 * - At most WAITING wait: then the one that waits longest is left out. It is in the chat and in the history.
 * - An alert that is read aloud stays until that is over, SPEECH_MAX_MS at most.
 */
import type { Nudge, OverlayEvent, OverlaySettings, OverlaySnapshot, Sound, WorthAtLeast } from "../protocol/overlay";
import type { Goal, MessageState, Tip } from "../protocol/tips";
import { spokenWords } from "./overlay-words";

export const WAITING = 50;
/** Asked for by the artist: more than this at once is a stuck key. */
export const ASKED = 5;
export const SPEECH_MAX_MS = 20_000;
const REMEMBERED = 1000;

export interface Alert {
  readonly tip: Tip;
  /** Another one every time something comes on screen. */
  readonly turn: number;
  readonly test: boolean;
  readonly untilMs: number;
}

export type OverlayEffect =
  | { readonly kind: "ring"; readonly sound: Sound; readonly volume: number }
  /** To be answered by `spoken`, whether or not it could be read. */
  | { readonly kind: "speak"; readonly turn: number; readonly text: string; readonly volume: number }
  /** Whatever sounds ends. */
  | { readonly kind: "hush" };

interface Wish {
  readonly tip: Tip;
  readonly test: boolean;
}

export class OverlayQueue {
  #known: OverlaySnapshot | null = null;
  #shown: Alert | null = null;
  #waiting: Tip[] = [];
  /** What the artist asked to see now; before what waits. */
  #asked: Wish[] = [];
  #last: Wish | null = null;
  #turn = 0;
  /** Until when the alert on screen may stay to be read to its end. */
  #speechUntilMs: number | null = null;
  /** Ids of tips that wait, are, or were on screen, the oldest first. */
  readonly #told = new Set<string>();
  #effects: OverlayEffect[] = [];

  /** `sample` makes what a test shows. */
  constructor(private readonly sample: (nowMs: number) => Tip) {}

  get shown(): Alert | null {
    return this.#shown;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get settings(): OverlaySettings | null {
    return this.#known?.settings ?? null;
  }

  get goal(): Goal | null {
    return this.#known?.goal ?? null;
  }

  /** When `tick` is due; null while nothing is on screen. */
  get deadlineMs(): number | null {
    return this.#shown === null ? null : this.#leavesMs(this.#shown);
  }

  snapshot(snapshot: OverlaySnapshot, nowMs: number): readonly OverlayEffect[] {
    if (this.#known !== null) this.#rewrite(() => true, withheld);
    this.#known = snapshot;
    this.#sift();
    return this.#settle(nowMs);
  }

  event(event: OverlayEvent, nowMs: number): readonly OverlayEffect[] {
    if (this.#known === null) return [];
    switch (event.type) {
      case "overlay_tip":
        this.#add(event.tip, this.#known.settings);
        break;
      case "overlay_withdrawn":
        this.#withdraw(event.id);
        break;
      case "overlay_message":
        this.#message(event.id, event.message, event.message_state);
        break;
      case "overlay_settings":
        this.#known = { ...this.#known, settings: event.settings };
        this.#sift();
        break;
      case "overlay_state":
        if (event.muted && !this.#known.muted) this.#hush();
        this.#known = { ...this.#known, paused: event.paused, muted: event.muted };
        break;
      case "overlay_goal":
        this.#known = { ...this.#known, goal: event.goal };
        break;
    }
    return this.#settle(nowMs);
  }

  signal(nudge: Nudge, nowMs: number): readonly OverlayEffect[] {
    if (this.#known === null) return [];
    switch (nudge) {
      case "skip":
        this.#clear();
        break;
      case "replay":
        if (this.#last !== null) this.#ask(this.#last);
        break;
      case "test":
        this.#ask({ tip: this.sample(nowMs), test: true });
        break;
    }
    return this.#settle(nowMs);
  }

  /** The reading of the alert with this turn is over. */
  spoken(turn: number, nowMs: number): readonly OverlayEffect[] {
    if (this.#shown?.turn === turn) this.#speechUntilMs = null;
    return this.#settle(nowMs);
  }

  tick(nowMs: number): readonly OverlayEffect[] {
    return this.#settle(nowMs);
  }

  #add(tip: Tip, settings: OverlaySettings): void {
    if (this.#told.has(tip.id) || !reaches(tip, settings.minimum)) return;
    this.#remember(tip.id);
    this.#waiting.push(tip);
    if (this.#waiting.length > WAITING) this.#waiting.shift();
  }

  #ask(wish: Wish): void {
    if (this.#asked.length < ASKED) this.#asked.push(wish);
  }

  #withdraw(id: string): void {
    const others = this.#waiting.filter((tip) => tip.id !== id);
    if (others.length < this.#waiting.length) this.#told.delete(id);
    this.#waiting = others;
    this.#asked = this.#asked.filter(({ tip }) => tip.id !== id);
    if (this.#last?.tip.id === id) this.#last = null;
    if (this.#shown?.tip.id === id) this.#clear();
  }

  #message(id: string, message: string, message_state: MessageState): void {
    if (message_state !== "shown" && this.#shown?.tip.id === id) this.#hush();
    this.#rewrite((tip) => tip.id === id, (tip) => ({ ...tip, message, message_state }));
  }

  #rewrite(which: (tip: Tip) => boolean, change: (tip: Tip) => Tip): void {
    const changed = (tip: Tip): Tip => (which(tip) ? change(tip) : tip);
    const within = <T extends { readonly tip: Tip }>(holder: T): T => ({ ...holder, tip: changed(holder.tip) });
    this.#waiting = this.#waiting.map(changed);
    this.#asked = this.#asked.map(within);
    if (this.#last !== null) this.#last = within(this.#last);
    if (this.#shown !== null) this.#shown = within(this.#shown);
  }

  /** The settings are others: what waits has to reach the minimum of now. */
  #sift(): void {
    const minimum = this.#known?.settings.minimum ?? null;
    this.#waiting = this.#waiting.filter((tip) => reaches(tip, minimum));
  }

  /** Whose time is over goes, who is next comes. Returns what came about since the last time. */
  #settle(nowMs: number): readonly OverlayEffect[] {
    if (this.#shown !== null && nowMs >= this.#leavesMs(this.#shown)) this.#clear();
    if (this.#shown === null && this.#known !== null) {
      const wish = this.#next(this.#known.paused);
      if (wish !== null) this.#show(wish, this.#known, nowMs);
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #next(paused: boolean): Wish | null {
    const asked = this.#asked.shift();
    if (asked !== undefined) return asked;
    const tip = paused ? undefined : this.#waiting.shift();
    return tip === undefined ? null : { tip, test: false };
  }

  #show(wish: Wish, { settings, muted }: OverlaySnapshot, nowMs: number): void {
    const turn = ++this.#turn;
    this.#shown = { ...wish, turn, untilMs: nowMs + settings.duration_ms };
    if (!wish.test) this.#last = wish;
    if (muted) return;
    if (settings.sound !== "none") this.#effects.push({ kind: "ring", sound: settings.sound, volume: settings.volume });
    if (!settings.speech || !(wish.test || reaches(wish.tip, settings.speech_minimum))) return;
    this.#speechUntilMs = nowMs + SPEECH_MAX_MS;
    this.#effects.push({ kind: "speak", turn, text: spokenWords(wish.tip, settings.show_message), volume: settings.volume });
  }

  #leavesMs(alert: Alert): number {
    return Math.max(alert.untilMs, this.#speechUntilMs ?? 0);
  }

  #clear(): void {
    if (this.#shown === null) return;
    this.#shown = null;
    this.#hush();
  }

  #hush(): void {
    this.#speechUntilMs = null;
    this.#effects.push({ kind: "hush" });
  }

  #remember(id: string): void {
    this.#told.add(id);
    for (const oldest of this.#told) {
      if (this.#told.size <= REMEMBERED) break;
      this.#told.delete(oldest);
    }
  }
}

/** A tip whose worth nobody knows reaches every minimum: one too many is better than one too few. */
function reaches(tip: Tip, minimum: WorthAtLeast | null): boolean {
  return minimum === null || tip.worth === null || tip.worth.minor >= minimum.minor;
}

function withheld(tip: Tip): Tip {
  return tip.message === "" ? tip : { ...tip, message: "", message_state: "held" };
}
