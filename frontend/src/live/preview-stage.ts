/** Tells the cards of the home page which of them may hold a connection now. Adapter of `core/previews.ts`. */
import { PreviewPlan } from "../core/previews";
import { Store } from "../store";

const SLOTS = 2;

export class PreviewStage {
  /** Names of the cards to be connected. */
  readonly connected = new Store<ReadonlySet<string>>(new Set());
  readonly #plan = new PreviewPlan(SLOTS);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  /** Begin to grant connections. Returns the function that takes them all back, as while the page is hidden. */
  start(): () => void {
    this.#running = true;
    this.#settle();
    return () => {
      this.#running = false;
      this.#plan.releaseAll();
      this.#settle();
    };
  }

  setVisible(name: string, visible: boolean): void {
    this.#plan.setVisible(name, visible);
    this.#settle();
  }

  setHeld(name: string, held: boolean): void {
    this.#plan.setHeld(name, held);
    this.#settle();
  }

  plays(name: string): void {
    this.#plan.plays(name);
    this.#settle();
  }

  failed(name: string): void {
    this.#plan.failed(name, performance.now());
    this.#settle();
  }

  remove(name: string): void {
    this.#plan.remove(name);
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    const next = this.#running ? this.#plan.connected(nowMs) : new Set<string>();
    if (!sameMembers(next, this.connected.get())) this.connected.set(next);
    const nextMs = this.#running ? this.#plan.nextMs(nowMs) : null;
    if (nextMs !== null) this.#timer = setTimeout(() => this.#settle(), Math.ceil(nextMs - nowMs) + 1);
  }
}

function sameMembers(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
