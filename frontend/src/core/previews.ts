/**
 * Which cards of the home page play moving now, without I/O.
 *
 * A card that is pointed at plays for as long as that lasts; its still picture is the server's (`core/stills.ts`). A card
 * whose connection brings no picture is left alone for a while.
 */

interface Card {
  visible: boolean;
  held: boolean;
  /** When the present connection of this card was granted. */
  connectedAtMs: number | null;
  playing: boolean;
  /** After a failure: not before this time. */
  restUntilMs: number;
}

export const REST_MS = 30_000;
/** A connection that has brought no picture by then is given up. */
const GIVE_UP_MS = 8000;

export class PreviewPlan {
  readonly #cards = new Map<string, Card>();

  /** At most `slots` connections exist at once. */
  constructor(private readonly slots: number) {}

  /** The card came into or left the view; a card that is gone is forgotten with `remove`. */
  setVisible(name: string, visible: boolean): void {
    this.#card(name).visible = visible;
  }

  /** The card is pointed at, or has the keyboard focus: it plays for as long as that lasts. */
  setHeld(name: string, held: boolean): void {
    this.#card(name).held = held;
  }

  /** Its connection has brought a picture. */
  plays(name: string): void {
    this.#card(name).playing = true;
  }

  failed(name: string, nowMs: number): void {
    const card = this.#card(name);
    card.restUntilMs = nowMs + REST_MS;
    card.connectedAtMs = null;
  }

  remove(name: string): void {
    this.#cards.delete(name);
  }

  /** All connections were let go of at once, by nobody's fault. */
  releaseAll(): void {
    for (const card of this.#cards.values()) card.connectedAtMs = null;
  }

  /** The cards to be connected from now on; the others have to let go. Call again at `nextMs` and after each input. */
  connected(nowMs: number): ReadonlySet<string> {
    for (const [name, card] of this.#cards) {
      const sinceMs = card.connectedAtMs;
      if (sinceMs !== null && !card.playing && nowMs - sinceMs >= GIVE_UP_MS) this.failed(name, nowMs);
    }
    const chosen = [...this.#cards]
      .filter(([, card]) => card.visible && card.held && nowMs >= card.restUntilMs)
      .slice(0, this.slots)
      .map(([name]) => name);
    const set = new Set(chosen);
    for (const [name, card] of this.#cards) {
      if (!set.has(name) || card.connectedAtMs === null) card.playing = false;
      card.connectedAtMs = set.has(name) ? (card.connectedAtMs ?? nowMs) : null;
    }
    return set;
  }

  /** When the plan may change by itself, null when only an input changes it. */
  nextMs(nowMs: number): number | null {
    const times = [...this.#cards.values()]
      .filter((card) => card.visible && card.held && !card.playing)
      .map((card) => (card.connectedAtMs === null ? card.restUntilMs : card.connectedAtMs + GIVE_UP_MS))
      .filter((at) => at > nowMs);
    return times.length > 0 ? Math.min(...times) : null;
  }

  #card(name: string): Card {
    let card = this.#cards.get(name);
    if (card === undefined) {
      card = { visible: false, held: false, connectedAtMs: null, playing: false, restUntilMs: 0 };
      this.#cards.set(name, card);
    }
    return card;
  }
}
