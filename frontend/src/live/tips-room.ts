/** One channel's tips as the page shows them. Adapter of `core/tips.ts`; the room is the chat's, too. */
import { applyTipEvent, missingBefore, NO_TIPS, type TipsState, tipsFromSnapshot, withOlderTips } from "../core/tips";
import { isTipEvent, type TipEvent, type TipsApi, type TipsSnapshot } from "../protocol/tips";
import { Store } from "../store";
import type { Events } from "./events";

export interface TipsView {
  readonly tips: TipsState;
  /** A snapshot was taken. */
  readonly known: boolean;
}

const PAGE = 50;

export class TipsRoom {
  readonly store = new Store<TipsView>({ tips: NO_TIPS, known: false });
  #fetching = false;

  constructor(
    readonly name: string,
    private readonly events: Events,
  ) {}

  /** Enter the room; `heard` is told of each event after it was taken in. Returns the function that leaves. */
  start(heard: (event: TipEvent) => void): () => void {
    return this.events.enter(this.name, {
      snapshot: (snapshot) => {
        const { tips } = snapshot as { tips?: TipsSnapshot };
        this.store.set({ tips: tips === undefined ? NO_TIPS : tipsFromSnapshot(tips), known: tips !== undefined });
      },
      event: (data) => {
        if (!isTipEvent(data)) return;
        this.store.update({ tips: applyTipEvent(this.store.get().tips, data) });
        heard(data);
      },
      signal: () => undefined,
      you: () => undefined,
      changed: () => undefined,
    });
  }

  /** Fetch tips back to this moment, so many pages at most. What cannot be had is not worth a word. */
  reach = (api: TipsApi, atMs: number, pages: number): void => {
    const before = missingBefore(this.store.get().tips, atMs);
    if (before === null || pages === 0 || this.#fetching) return;
    this.#fetching = true;
    api.older(this.name, before, PAGE).then(
      ({ tips, next }) => {
        this.#fetching = false;
        // A fresh snapshot came meanwhile: these belong to what it replaced.
        if (this.store.get().tips.recent[0]?.id !== before) return;
        this.store.update({ tips: withOlderTips(this.store.get().tips, tips, next === null) });
        this.reach(api, atMs, pages - 1);
      },
      () => {
        this.#fetching = false;
      },
    );
  };
}
