/**
 * Which cards of the home page may hold a connection now, without I/O.
 *
 * A card that is pointed at plays moving; a visible card without a still, or with an old one, connects only until it has
 * one. At most `slots` connections exist at once, so that a long page costs the server and the visitor little.
 */

interface Card {
  visible: boolean;
  held: boolean;
  stillAtMs: number | null;
  /** When the present connection of this card was granted. */
  connectedAtMs: number | null;
  /** After a failure: not before this time. */
  restUntilMs: number;
}

export const STILL_EVERY_MS = 30_000;
/** A connection that has brought no picture by then is given up, so that it does not block the slot. */
const GIVE_UP_MS = 8000;

export class PreviewPlan {
  readonly #cards = new Map<string, Card>();

  constructor(private readonly slots: number) {}

  /** The card came into or left the view; a card that is gone is forgotten with `remove`. */
  setVisible(name: string, visible: boolean): void {
    this.#card(name).visible = visible;
  }

  /** The card is pointed at, or has the keyboard focus: it plays for as long as that lasts. */
  setHeld(name: string, held: boolean): void {
    this.#card(name).held = held;
  }

  gotStill(name: string, nowMs: number): void {
    this.#card(name).stillAtMs = nowMs;
  }

  failed(name: string, nowMs: number): void {
    const card = this.#card(name);
    card.restUntilMs = nowMs + STILL_EVERY_MS;
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
      const blank = sinceMs !== null && (card.stillAtMs === null || card.stillAtMs < sinceMs);
      if (blank && nowMs - sinceMs >= GIVE_UP_MS) this.failed(name, nowMs);
    }
    const chosen = [...this.#cards]
      .filter(([, card]) => card.visible && nowMs >= card.restUntilMs && (card.held || dueAtMs(card) <= nowMs))
      .toSorted(([, a], [, b]) => urgency(a) - urgency(b))
      .slice(0, this.slots)
      .map(([name]) => name);
    const set = new Set(chosen);
    for (const [name, card] of this.#cards) card.connectedAtMs = set.has(name) ? (card.connectedAtMs ?? nowMs) : null;
    return set;
  }

  /** When the plan may change by itself, null when only an input changes it. */
  nextMs(nowMs: number): number | null {
    const times = [...this.#cards.values()]
      .filter((card) => card.visible)
      .map((card) => (card.connectedAtMs === null ? Math.max(dueAtMs(card), card.restUntilMs) : card.connectedAtMs + GIVE_UP_MS))
      .filter((at) => at > nowMs);
    return times.length > 0 ? Math.min(...times) : null;
  }

  #card(name: string): Card {
    let card = this.#cards.get(name);
    if (card === undefined) {
      card = { visible: false, held: false, stillAtMs: null, connectedAtMs: null, restUntilMs: 0 };
      this.#cards.set(name, card);
    }
    return card;
  }
}

function dueAtMs(card: Card): number {
  return card.stillAtMs === null ? 0 : card.stillAtMs + STILL_EVERY_MS;
}

/** Lower goes first: held cards, then connections under way, then cards without a still, then the oldest stills. */
function urgency(card: Card): number {
  if (card.held) return -3;
  if (card.connectedAtMs !== null) return -2;
  return card.stillAtMs === null ? -1 : card.stillAtMs;
}
