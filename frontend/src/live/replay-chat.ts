/** Chat and tips of a replay as the page shows them at its present moment. Adapter of `core/replay-events.ts`. */
import { LINES_MOST, LINES_SHOWN, ReplayEvents } from "../core/replay-events";
import type { ChatLine } from "../core/tip-lines";
import type { Density, ReplaysApi } from "../protocol/replays";
import type { Tip } from "../protocol/tips";
import { Store } from "../store";

export interface ReplayChatView {
  readonly lines: readonly ChatLine[];
  /** Over the picture. */
  readonly tip: Tip | null;
  /** It is certain what is seen at this moment. */
  readonly known: boolean;
  /** There is nothing before these lines. */
  readonly complete: boolean;
  readonly following: boolean;
  /** Lines that came since the person scrolled up. */
  readonly unseen: number;
  /** The last fetch failed; it is tried again. */
  readonly failed: boolean;
}

/** More than that in one step is no playing but a jump. */
const JUMP_MS = 5000;
const AGAIN_MS = 5000;

export class ReplayChat {
  readonly store = new Store<ReplayChatView>({
    lines: [],
    tip: null,
    known: false,
    complete: false,
    following: true,
    unseen: 0,
    failed: false,
  });
  /** Null until it is known, or when it could not be had. */
  readonly density = new Store<Density | null>(null);
  #events = new ReplayEvents(0, null);
  #clockMs = 0;
  #depth = LINES_SHOWN;
  #failed = false;
  #stopped = false;

  constructor(
    private readonly id: string,
    private readonly api: ReplaysApi,
  ) {}

  /** Follow this clock until the returned function is called. The density is awaited: it says where to fetch from. */
  start(clock: Store<number>, beginMs: number): () => void {
    this.#stopped = false;
    let leave: () => void = () => undefined;
    const begin = (density: Density | null) => {
      if (this.#stopped) return;
      this.#events = new ReplayEvents(beginMs, density);
      this.density.set(density);
      leave = clock.subscribe(() => this.#at(clock.get()));
      this.#at(clock.get());
    };
    this.api.density(this.id).then(begin, () => begin(null));
    return () => {
      this.#stopped = true;
      leave();
    };
  }

  follow = (following: boolean): void => {
    if (following) this.#depth = LINES_SHOWN;
    const { lines } = this.#look(following);
    this.store.update({ following, unseen: 0, lines });
  };

  needOlder = (): void => {
    const { following, known, complete } = this.store.get();
    if (following || !known || complete || this.#depth >= LINES_MOST) return;
    this.#depth = Math.min(LINES_MOST, this.#depth + LINES_SHOWN);
    this.#at(this.#clockMs);
  };

  #at(clockMs: number): void {
    // Whoever goes elsewhere wants to see what was said there.
    if (Math.abs(clockMs - this.#clockMs) > JUMP_MS && !this.store.get().following) this.follow(true);
    this.#clockMs = clockMs;
    this.#fetch();
    this.#show();
  }

  #fetch(): void {
    const fetch = this.#stopped ? null : this.#events.wanted(this.#clockMs, Date.now(), this.#depth);
    if (fetch === null) return;
    this.api.events(this.id, fetch.after === null ? { from_ms: fetch.fromMs } : { after: fetch.after }).then(
      (page) => {
        this.#events.took(fetch, page, this.#clockMs, this.#depth);
        this.#failed = false;
        this.#fetch();
        this.#show();
      },
      () => {
        this.#events.failed(fetch, Date.now());
        this.#failed = true;
        this.#show();
        setTimeout(() => this.#fetch(), AGAIN_MS);
      },
    );
  }

  #show(): void {
    const before = this.store.get();
    const { lines, unseen } = this.#look(before.following);
    const known = this.#events.knows(this.#clockMs, this.#depth);
    const complete = this.#events.complete(this.#clockMs, this.#depth);
    const view = { ...before, lines, unseen, tip: this.#events.tipAt(this.#clockMs), known, complete, failed: this.#failed };
    if ((Object.keys(view) as (keyof ReplayChatView)[]).some((key) => view[key] !== before[key])) this.store.set(view);
  }

  /** What is read stays, and what comes is added, for whoever has scrolled up. */
  #look(following: boolean): { lines: readonly ChatLine[]; unseen: number } {
    const before = this.store.get();
    if (following) return { lines: this.#events.linesAt(this.#clockMs, this.#depth), unseen: 0 };
    const last = before.lines.at(-1)?.id;
    const first = before.lines[0]?.id;
    let lines = this.#events.linesAt(this.#clockMs, this.#depth);
    while (first !== undefined && this.#depth < LINES_MOST && lines.length === this.#depth && !lines.some(({ id }) => id === first)) {
      this.#depth = Math.min(LINES_MOST, this.#depth + LINES_SHOWN);
      lines = this.#events.linesAt(this.#clockMs, this.#depth);
    }
    const came = last === undefined ? 0 : lines.length - 1 - lines.findLastIndex(({ id }) => id === last);
    return { lines, unseen: before.following ? 0 : before.unseen + came };
  }
}
