/** What a tip would cost, asked of the wallet without disturbing anyone: only when it lets the page see its account. */
import { type Call, isNative } from "../core/tip-calls";
import type { Coin, Tipping } from "../protocol/tips";
import { chainOf, knownAccount, number } from "./provider";
import { balanceIn } from "./tip-tokens";
import type { Provider } from "./wallets";

export interface Cost {
  readonly account: string;
  /** Of the chain's own coin. */
  readonly fee: bigint;
  /** Of the tip's coin. */
  readonly balance: bigint;
  readonly native: bigint;
}

/** As measured (docs/tips.md), for when the node cannot estimate: the first tip to an artist, in a token with a permit. */
const GAS = { native: 60_000n, token: 100_000n };

/** Null while the wallet is locked, or on another chain. */
export async function costOf(provider: Provider, tipping: Tipping, coin: Coin, call: Call | null): Promise<Cost | null> {
  const account = await knownAccount(provider);
  if (account === null || (await chainOf(provider)) !== tipping.chain.id) return null;
  const inNative = isNative(coin);
  const [gas, price, native] = await Promise.all([
    call !== null && inNative ? number(provider, "eth_estimateGas", { from: account, ...call }).catch(() => GAS.native) : inNative ? GAS.native : GAS.token,
    number(provider, "eth_gasPrice"),
    number(provider, "eth_getBalance", account, "latest"),
  ]);
  return { account, fee: gas * price, native, balance: inNative ? native : await balanceIn(provider, account, coin.token) };
}
