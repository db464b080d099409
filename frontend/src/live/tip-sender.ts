/**
 * Sends a tip by a wallet, step by step, and follows its transaction. Adapter of `core/tip-following.ts`.
 *
 * Everything about the chain is asked of the wallet's own node; the page speaks to nobody but the wallet and its server.
 */
import { approval, type Call, isNative, revertWords, type SignedPermit, tipCall, type TipOrder } from "../core/tip-calls";
import { TipFollowing } from "../core/tip-following";
import { NOT_SENT, type Progress, type Step } from "../core/tip-progress";
import { tipRefusal } from "../core/tip-refusals";
import { WrongChain } from "../core/siwe";
import type { Coin, TipEvent, Tipping, TipsApi } from "../protocol/tips";
import { Store } from "../store";
import { accountOf, chainOf, changeOver, number } from "./provider";
import { lookAt, receiptOf, replacementOf, whyFailed } from "./tip-looks";
import { allowance, signPermit } from "./tip-tokens";
import type { InstalledWallet, Provider } from "./wallets";

export interface TipWish {
  readonly coin: Coin;
  readonly amount: bigint;
  readonly message: string;
}

interface Sent {
  readonly provider: Provider;
  readonly account: string;
  readonly call: Call;
  readonly firstBlock: number;
  readonly following: TipFollowing;
}

const ALLOWED_WITHIN_MS = 5 * 60_000;
const ANNOUNCE_AGAIN_MS = [0, 1000, 3000];
/** Between the estimate and the block the artist may divide tips anew, which costs more. */
const SPARE_GAS_PERCENT = 130n;

class NotNow extends Error {
  override readonly name = "NotNow";
}

export class TipSender {
  readonly store = new Store<Progress>(NOT_SENT);
  /** Counts what the person began: what was given up does not show any more, unless it is sent after all. */
  #run = 0;
  #sent: Sent | null = null;
  /** Of the tip that the server has seen. */
  #id = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking = false;

  constructor(
    private readonly channel: string,
    private readonly api: TipsApi,
  ) {}

  /** Ask the wallet for everything that is needed, and send. What goes wrong is in the store. */
  async send(wallet: InstalledWallet, tipping: Tipping, wish: TipWish): Promise<void> {
    this.forget();
    const run = this.#run;
    const step = (to: Step) => {
      // Nothing more is asked of the wallet for a tip that was given up.
      if (run !== this.#run) throw new NotNow("given up");
      this.store.set({ ...NOT_SENT, step: to });
    };
    try {
      await this.#send(wallet.provider, tipping, wish, step);
    } catch (error) {
      if (run === this.#run) this.store.update({ problem: error instanceof NotNow ? error.message : tipRefusal(error, revertWords) });
    }
  }

  /** The last tip is done with, as far as the page shows it. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#run += 1;
    this.#sent = null;
    this.#id = "";
    this.store.set(NOT_SENT);
  }

  /** What the channel's room tells. */
  heard(event: TipEvent): void {
    const following = this.#sent?.following;
    if (following === undefined) return;
    const nowMs = performance.now();
    if (event.type === "tip_seen" && alike(event.tip.transaction, following.hash)) {
      this.#id = event.tip.id;
      following.seen(nowMs);
      if (event.tip.state === "confirmed") following.serverConfirmed();
    } else if (event.type === "tip_confirmed" && event.id === this.#id) {
      following.serverConfirmed();
    } else if (event.type === "tip_withdrawn" && event.id === this.#id) {
      following.withdrawn(nowMs);
    } else if (event.type === "tip_dropped" && alike(event.transaction, following.hash)) {
      following.hint(nowMs);
    } else {
      return;
    }
    this.#show();
  }

  async #send(provider: Provider, tipping: Tipping, { coin, amount, message }: TipWish, step: (to: Step) => void): Promise<void> {
    step("connecting");
    const account = await accountOf(provider);
    if ((await chainOf(provider)) !== tipping.chain.id) {
      step("switching");
      await changeOver(provider, tipping.chain, () => step("adding"));
    }
    step("checking");
    // Asked now: the artist may have another wallet since the page was loaded, and another broadcast may run.
    const { artist, channel, broadcast } = await this.api.ofChannel(this.channel);
    if (artist === null) throw new NotNow("The artist does not take tips any more.");
    const order: TipOrder = { contract: tipping.contract, coin, amount, artist, channel, broadcast, message };
    const permit = isNative(coin) ? null : await this.#permission(provider, tipping, account, order, step);
    const call = tipCall(order, permit);
    step("checking");
    const gas = await estimate(provider, account, call);
    const nonce = await number(provider, "eth_getTransactionCount", account, "pending").then(Number, () => null);
    const firstBlock = await number(provider, "eth_blockNumber").then(Number, () => 0);
    step("signing");
    const hash = await transact(provider, tipping.chain.id, { from: account, ...call, ...(gas !== null && { gas: hex((gas * SPARE_GAS_PERCENT) / 100n) }) });
    // From here on it is shown whatever was begun since: the coins are on their way.
    this.#run += 1;
    clearTimeout(this.#timer);
    const following = new TipFollowing(hash, nonce, tipping.confirmations, performance.now());
    this.#sent = { provider, account, call, firstBlock, following };
    void this.#announce(hash);
    this.#show();
  }

  /** A permit when the coin takes one; null when the contract may take the amount without. */
  async #permission(provider: Provider, tipping: Tipping, account: string, order: TipOrder, step: (to: Step) => void): Promise<SignedPermit | null> {
    if ((await allowance(provider, account, order)) >= order.amount) return null;
    if (order.coin.permit) {
      const permit = await signPermit(provider, tipping.chain.id, account, order, () => step("permitting"));
      if (permit !== null) return permit;
    }
    step("approving");
    const hash = await transact(provider, tipping.chain.id, { from: account, ...approval(order) });
    step("allowing");
    const untilMs = performance.now() + ALLOWED_WITHIN_MS;
    for (;;) {
      const receipt = await receiptOf(provider, hash);
      if (receipt?.succeeded === true) return null;
      if (receipt !== null) throw new NotNow("The permission did not go through, so no tip was sent.");
      if (performance.now() > untilMs) throw new NotNow("The permission takes too long. Try again once your wallet shows it as done; nothing was tipped.");
      await pause(1000);
    }
  }

  /** The server may hear of the transaction later than the page. Without it, the tip still shows once it is in a block. */
  async #announce(hash: string): Promise<void> {
    for (const waitMs of ANNOUNCE_AGAIN_MS) {
      await pause(waitMs);
      if (this.#sent?.following.hash !== hash || this.#sent.following.fate.kind !== "sent") return;
      const told = await this.api.announce(this.channel, hash).catch(() => null);
      if (told !== null) return;
    }
  }

  async #look(): Promise<void> {
    const sent = this.#sent;
    if (sent === null || this.#looking) return;
    this.#looking = true;
    const { following, provider, account } = sent;
    try {
      following.looked(await lookAt(provider, account, following.hash), performance.now());
      await this.#grant(sent);
    } catch {
      following.unanswered(performance.now());
    } finally {
      this.#looking = false;
    }
    if (this.#sent === sent) this.#show();
  }

  async #grant({ following, provider, account, call, firstBlock }: Sent): Promise<void> {
    if (following.wish === "reason") {
      this.#show();
      following.failedBecause(await whyFailed(provider, account, following.hash, call));
    } else if (following.wish === "replacement" && following.nonce !== null) {
      const before = following.hash;
      following.replacedBy(await replacementOf(provider, account, following.nonce, call, firstBlock), performance.now());
      if (following.hash !== before) void this.#announce(following.hash);
    }
  }

  #show(): void {
    clearTimeout(this.#timer);
    const following = this.#sent?.following;
    if (following === undefined) return;
    this.store.set({ step: "following", problem: "", fate: following.fate, hash: following.hash });
    if (following.nextLookMs !== null) this.#timer = setTimeout(() => void this.#look(), Math.max(0, following.nextLookMs - performance.now()));
  }
}

/** Returns the hash. On another chain the same call would lose the coins, so the chain is looked at last of all. */
async function transact(provider: Provider, chainId: number, transaction: object): Promise<string> {
  const found = await chainOf(provider);
  if (found !== chainId) throw new WrongChain(chainId, found);
  return String(await provider.request({ method: "eth_sendTransaction", params: [{ ...transaction, chainId: hex(BigInt(chainId)) }] }));
}

/** Null where the wallet's node does not estimate. Raises when the contract would refuse. */
async function estimate(provider: Provider, account: string, call: Call): Promise<bigint | null> {
  try {
    return await number(provider, "eth_estimateGas", { from: account, ...call });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 4200 || code === -32601) return null;
    throw error;
  }
}

function alike(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
