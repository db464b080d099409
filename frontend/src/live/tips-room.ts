/** One channel's tips as the page shows them. Adapter of `core/tips.ts`; the room is the chat's, too. */
import { applyTipEvent, NO_TIPS, type TipsState, tipsFromSnapshot } from "../core/tips";
import { isTipEvent, type TipEvent, type TipsSnapshot } from "../protocol/tips";
import { Store } from "../store";
import type { Events } from "./events";

export interface TipsView {
  readonly tips: TipsState;
  /** A snapshot was taken. */
  readonly known: boolean;
}

export class TipsRoom {
  readonly store = new Store<TipsView>({ tips: NO_TIPS, known: false });

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
}
