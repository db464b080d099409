/** One overlay in a stream: its room, its alerts, what they sound like. Adapter of `core/overlay.ts`. */
import { type Alert, type OverlayEffect, OverlayQueue } from "../core/overlay";
import { sampleTip } from "../core/overlay-words";
import { isOverlayEvent, nudgeOf, type OverlaySettings, type OverlaySnapshot } from "../protocol/overlay";
import type { Goal, TipsApi } from "../protocol/tips";
import { Store } from "../store";
import type { Events } from "./events";
import { OverlaySound } from "./overlay-sound";
import { OverlayVoice } from "./overlay-voice";

export interface OverlayView {
  readonly alert: Alert | null;
  readonly settings: OverlaySettings | null;
  readonly goal: Goal | null;
  /** There is no overlay at this address, or not any more. Being cut off for a while is no such thing. */
  readonly gone: boolean;
}

export class Overlay {
  readonly store = new Store<OverlayView>({ alert: null, settings: null, goal: null, gone: false });
  #symbol = "";
  readonly #queue = new OverlayQueue((nowMs) => sampleTip(nowMs, this.#symbol));
  readonly #sound = new OverlaySound();
  readonly #voice = new OverlayVoice();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly token: string,
    private readonly events: Events,
    private readonly tips: TipsApi,
  ) {}

  /** Enter the room. Returns the function that leaves it. */
  start(): () => void {
    void this.tips.tipping().then(
      (tipping) => {
        this.#symbol = tipping?.chain.currency.symbol ?? "";
      },
      () => undefined,
    );
    const leave = this.events.enter(`overlay/${this.token}`, {
      snapshot: (snapshot) => this.#take(this.#queue.snapshot(snapshot as OverlaySnapshot, performance.now())),
      event: (data) => {
        if (isOverlayEvent(data)) this.#take(this.#queue.event(data, performance.now()));
      },
      signal: (data) => {
        const nudge = nudgeOf(data);
        if (nudge !== null) this.#take(this.#queue.signal(nudge, performance.now()));
      },
      you: () => undefined,
      changed: (_connection, room) => this.#changed(room.state === "refused" || room.state === "closed"),
    });
    return () => {
      leave();
      this.#end();
    };
  }

  /** An overlay whose address was replaced falls silent at once. */
  #changed(gone: boolean): void {
    if (gone && !this.store.get().gone) this.#end();
    this.store.update({ gone });
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#voice.hush();
    this.#sound.close();
  }

  #take(effects: readonly OverlayEffect[]): void {
    for (const effect of effects) this.#carryOut(effect);
    clearTimeout(this.#timer);
    const { deadlineMs, shown, settings, goal } = this.#queue;
    if (deadlineMs !== null) {
      this.#timer = setTimeout(() => this.#take(this.#queue.tick(performance.now())), Math.max(0, deadlineMs - performance.now()) + 1);
    }
    this.store.update({ alert: shown, settings, goal });
  }

  #carryOut(effect: OverlayEffect): void {
    switch (effect.kind) {
      case "ring":
        this.#sound.ring(effect.sound, effect.volume);
        break;
      case "speak":
        this.#voice.speak(effect.text, effect.volume, () => this.#take(this.#queue.spoken(effect.turn, performance.now())));
        break;
      case "hush":
        this.#voice.hush();
        this.#sound.hush();
        break;
    }
  }
}
