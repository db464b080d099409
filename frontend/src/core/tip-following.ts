/**
 * What becomes of a transaction that was sent, without I/O: waiting, in a block, confirmed, failed, replaced, lost.
 *
 * It is fed with what the wallet's node says at one moment (`Look`) and with what the server tells of the same tip, and
 * says when to look again. A block can be dropped by the chain: then what was mined waits again. What is confirmed, failed
 * or replaced stays so. What no node knows any more can still turn up.
 */

export interface Receipt {
  readonly block: number;
  readonly succeeded: boolean;
}

/** What the node says at one moment. */
export interface Look {
  readonly receipt: Receipt | null;
  /** The node knows the transaction, in a block or waiting. */
  readonly known: boolean;
  readonly head: number;
  /** How many transactions of the account are in blocks: the number of the next one. */
  readonly nextNonce: number;
}

/** The transaction that took the number of ours: the same tip with another fee, or something else. */
export type Replacement = { readonly kind: "same"; readonly hash: string } | { readonly kind: "other" };

export type Fate =
  /** `slow`: it takes longer than it should. */
  | { readonly kind: "sent"; readonly slow: boolean; readonly again: boolean }
  | { readonly kind: "mined"; readonly confirmations: number }
  | { readonly kind: "confirmed" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "replaced" }
  /** No node knows it. It may come back. */
  | { readonly kind: "dropped" };

/** What the core wants to know besides. */
export type Wish = "replacement" | "reason" | null;

const SLOW_MS = 45_000;
/** A transaction may be unknown for so long: nodes pass them on. */
const UNKNOWN_MS = 40_000;
/** Looks at which the number was used up and there was no receipt, before that is believed. */
const USED_UP_LOOKS = 2;
const GIVE_UP_MS = 30 * 60_000;

export class TipFollowing {
  #fate: Fate = { kind: "sent", slow: false, again: false };
  #wish: Wish = null;
  #knownAtMs: number;
  #usedUp = 0;
  #mined = false;
  /** When the server told that it is in a block: the wallet's node may be behind. */
  #seenAtMs: number | null = null;
  #nextLookMs: number | null;
  #hash: string;

  /** `nonce`: the number of the transaction in its account; null when that could not be found out. */
  constructor(
    hash: string,
    readonly nonce: number | null,
    private readonly confirmations: number,
    private readonly sentAtMs: number,
  ) {
    this.#hash = hash;
    this.#knownAtMs = sentAtMs;
    this.#nextLookMs = sentAtMs + 400;
  }

  get hash(): string {
    return this.#hash;
  }

  get fate(): Fate {
    return this.#fate;
  }

  get wish(): Wish {
    return this.#wish;
  }

  /** Null when nothing more can happen. */
  get nextLookMs(): number | null {
    return this.#nextLookMs;
  }

  looked(look: Look, nowMs: number): void {
    if (this.#over()) return;
    if (look.known || look.receipt !== null) this.#knownAtMs = nowMs;
    if (look.receipt !== null) this.#inBlock(look.receipt, look.head);
    else this.#notInBlock(look, nowMs);
    this.#plan(nowMs);
  }

  /** The node did not answer. */
  unanswered(nowMs: number): void {
    if (!this.#over()) this.#plan(nowMs);
  }

  /** The server has seen the tip in a block: it may know sooner than the wallet's node. */
  seen(nowMs: number): void {
    if (this.#over()) return;
    this.#mined = true;
    this.#seenAtMs = nowMs;
    if (this.#fate.kind !== "mined") this.#fate = { kind: "mined", confirmations: 1 };
    this.#plan(nowMs);
  }

  /** The server took that back. */
  withdrawn(nowMs: number): void {
    this.#seenAtMs = null;
    this.hint(nowMs);
  }

  serverConfirmed(): void {
    if (this.#fate.kind !== "failed") this.#end({ kind: "confirmed" });
  }

  /** The server says that something has changed: look at once. */
  hint(nowMs: number): void {
    if (this.#nextLookMs !== null) this.#nextLookMs = nowMs;
  }

  replacedBy(replacement: Replacement | null, nowMs: number): void {
    if (this.#over()) return;
    this.#wish = null;
    this.#usedUp = 0;
    if (replacement === null) return this.#plan(nowMs);
    if (replacement.kind === "other") return this.#end({ kind: "replaced" });
    this.#hash = replacement.hash;
    this.#fate = { kind: "sent", slow: false, again: true };
    this.#knownAtMs = nowMs;
    this.hint(nowMs);
  }

  /** Why it failed, in words. */
  failedBecause(reason: string): void {
    this.#wish = null;
    if (this.#fate.kind === "failed") this.#fate = { kind: "failed", reason };
  }

  #inBlock(receipt: Receipt, head: number): void {
    this.#usedUp = 0;
    this.#wish = null;
    if (!receipt.succeeded) {
      this.#end({ kind: "failed", reason: "" });
      this.#wish = "reason";
      return;
    }
    this.#mined = true;
    const confirmations = Math.max(1, head - receipt.block + 1);
    if (confirmations >= this.confirmations) this.#end({ kind: "confirmed" });
    else this.#fate = { kind: "mined", confirmations };
  }

  #notInBlock(look: Look, nowMs: number): void {
    if (this.#seenAtMs !== null && nowMs - this.#seenAtMs < UNKNOWN_MS) return;
    const usedUp = !look.known && this.nonce !== null && look.nextNonce > this.nonce;
    this.#usedUp = usedUp ? this.#usedUp + 1 : 0;
    if (this.#usedUp >= USED_UP_LOOKS) this.#wish = "replacement";
    if (nowMs - this.#knownAtMs > UNKNOWN_MS) this.#fate = { kind: "dropped" };
    else this.#fate = { kind: "sent", slow: nowMs - this.sentAtMs > SLOW_MS, again: this.#mined || (this.#fate.kind === "sent" && this.#fate.again) };
  }

  #over(): boolean {
    return this.#nextLookMs === null;
  }

  #end(fate: Fate): void {
    this.#fate = fate;
    this.#wish = null;
    this.#nextLookMs = null;
  }

  #plan(nowMs: number): void {
    if (this.#nextLookMs === null) return;
    const ageMs = nowMs - this.sentAtMs;
    this.#nextLookMs = ageMs > GIVE_UP_MS ? null : nowMs + (ageMs < 15_000 ? 1000 : ageMs < 120_000 ? 2500 : 8000);
  }
}
