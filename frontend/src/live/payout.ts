/** What a wallet is owed and how its tips are divided, read and changed by the wallet itself. Adapter of `core/payout-calls.ts`. */
import { fetchCall, owedAnswer, owedCall, payoutRevert, setSplitCall, splitAnswer, splitCall } from "../core/payout-calls";
import type { Call } from "../core/tip-calls";
import { tipRefusal } from "../core/tip-refusals";
import type { Share } from "../core/tip-split";
import type { Coin, Tipping } from "../protocol/tips";
import { accountOf, chainOf, changeOver } from "./provider";
import { receiptOf } from "./tip-looks";
import type { InstalledWallet, Provider } from "./wallets";

export interface OwedCoin {
  readonly coin: Coin;
  readonly amount: bigint;
}

export interface Standing {
  readonly account: string;
  readonly owed: readonly OwedCoin[];
  /** Of the tips to this account; empty: all to itself. */
  readonly shares: readonly Share[];
}

const LOOK_EVERY_MS = 1000;
const MINED_WITHIN_MS = 5 * 60_000;

/** Why it was not done, in words for the person. */
class Refused extends Error {
  override readonly name = "Refused";
}

export class Payout {
  constructor(
    private readonly wallet: InstalledWallet,
    private readonly tipping: Tipping,
  ) {}

  /** Asks the wallet for its account and reads what concerns it. Every method raises what says in words why not. */
  stand(): Promise<Standing> {
    return inWords(async () => {
      const { provider, account } = await this.#connected();
      const { contract, coins } = this.tipping;
      const owed = coins.map(async (coin) => ({ coin, amount: owedAnswer(await ask(provider, owedCall(contract, account, coin.token))) }));
      const shares = ask(provider, splitCall(contract, account)).then(splitAnswer);
      return { account, owed: await Promise.all(owed), shares: await shares };
    });
  }

  /** Done when it is in a block. */
  fetch(account: string, coin: Coin): Promise<void> {
    return this.#send(account, fetchCall(this.tipping.contract, account, coin.token));
  }

  /** For later tips. Done when it is in a block. */
  divide(account: string, shares: readonly Share[]): Promise<void> {
    return this.#send(account, setSplitCall(this.tipping.contract, shares));
  }

  #send(account: string, call: Call): Promise<void> {
    return inWords(async () => {
      const { provider, account: present } = await this.#connected();
      if (present.toLowerCase() !== account.toLowerCase()) throw new Refused("Your wallet has changed to another account. Connect it again.");
      // A node that would refuse says so here, before anything is paid for.
      await provider.request({ method: "eth_estimateGas", params: [{ from: account, ...call }] });
      const hash = String(await provider.request({ method: "eth_sendTransaction", params: [{ from: account, ...call }] }));
      await mined(provider, hash);
    });
  }

  async #connected(): Promise<{ readonly provider: Provider; readonly account: string }> {
    const { provider } = this.wallet;
    const account = await accountOf(provider);
    const { chain } = this.tipping;
    if ((await chainOf(provider)) !== chain.id) await changeOver(provider, chain, () => undefined);
    return { provider, account };
  }
}

async function mined(provider: Provider, hash: string): Promise<void> {
  const untilMs = performance.now() + MINED_WITHIN_MS;
  while (performance.now() < untilMs) {
    const receipt = await receiptOf(provider, hash);
    if (receipt?.succeeded === true) return;
    if (receipt !== null) throw new Refused("The transaction did not go through.");
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Refused("It takes long. Your wallet shows when it is done.");
}

function ask(provider: Provider, call: Call): Promise<unknown> {
  return provider.request({ method: "eth_call", params: [call, "latest"] });
}

async function inWords<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw cause instanceof Refused ? cause : new Refused(tipRefusal(cause, payoutRevert, "transaction"), { cause });
  }
}
