/**
 * The wallet of `--demo`: an EIP-1193 provider that signs by itself with an account of the server's own chain.
 *
 * Its key is public and its coins are worth nothing; it is never there but with `--demo`. Methods it has no answer to
 * go to the chain's node, through the server.
 */
import type { TransactionSerializable } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { TipsApi } from "../protocol/tips";
import { number } from "./provider";
import type { InstalledWallet, Provider } from "./wallets";

export const DEMO_WALLET = "harmonie.demo";

class RpcError extends Error {
  override readonly name = "RpcError";

  constructor(
    readonly code: number,
    message: string,
    readonly data: unknown,
  ) {
    super(message);
  }
}

type Account = ReturnType<typeof privateKeyToAccount>;
type Key = `0x${string}`;

const KEPT_AS = "harmonie.demo-wallet";
/** One coin. */
const WORTH_KEEPING = 10n ** 18n;

export class DemoProvider implements Provider {
  #account: Promise<Account> | null = null;
  #calls = 0;

  constructor(private readonly api: TipsApi) {}

  async request({ method, params = [] }: { method: string; params?: readonly unknown[] }): Promise<unknown> {
    switch (method) {
      case "eth_accounts":
      case "eth_requestAccounts":
        return [(await this.#unlocked()).address];
      case "wallet_switchEthereumChain":
      case "wallet_addEthereumChain":
        return null;
      case "eth_signTypedData_v4":
        return this.#sign(String(params[1]));
      case "eth_sendTransaction":
        return this.#send(params[0] as { to: `0x${string}`; data: `0x${string}`; value?: `0x${string}` });
      default:
        return this.#ask(method, params);
    }
  }

  #unlocked(): Promise<Account> {
    this.#account ??= this.#open().catch((error: unknown) => {
      this.#account = null;
      throw error;
    });
    return this.#account;
  }

  /** The one this tab had before, while it holds anything: the server may have begun another chain. */
  async #open(): Promise<Account> {
    const kept = recall();
    if (kept !== null && (await number(this, "eth_getBalance", kept.address, "latest")) > WORTH_KEEPING) return kept;
    const { private_key } = await this.api.demoWallet();
    const account = privateKeyToAccount(private_key as Key);
    try {
      sessionStorage.setItem(KEPT_AS, private_key);
    } catch {
      // Kept for this page only.
    }
    return account;
  }

  async #sign(data: string): Promise<string> {
    return (await this.#unlocked()).signTypedData(JSON.parse(data) as Parameters<Account["signTypedData"]>[0]);
  }

  async #send({ to, data, value = "0x0" }: { to: `0x${string}`; data: `0x${string}`; value?: `0x${string}` }): Promise<unknown> {
    const account = await this.#unlocked();
    const [chainId, nonce, gas, price] = await Promise.all([
      number(this, "eth_chainId"),
      number(this, "eth_getTransactionCount", account.address, "pending"),
      number(this, "eth_estimateGas", { from: account.address, to, data, value }),
      number(this, "eth_gasPrice"),
    ]);
    const transaction: TransactionSerializable = {
      type: "eip1559",
      chainId: Number(chainId),
      nonce: Number(nonce),
      to,
      data,
      value: BigInt(value),
      gas: (gas * 5n) / 4n,
      maxFeePerGas: price * 2n,
      maxPriorityFeePerGas: price < 1_000_000_000n ? price : 1_000_000_000n,
    };
    return this.#ask("eth_sendRawTransaction", [await account.signTransaction(transaction)]);
  }

  async #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    const answer = await this.api.demoRpc({ jsonrpc: "2.0", id: ++this.#calls, method, params });
    if (answer.error !== undefined) throw new RpcError(answer.error.code, answer.error.message, answer.error.data);
    return answer.result;
  }
}

function recall(): Account | null {
  try {
    return privateKeyToAccount((sessionStorage.getItem(KEPT_AS) ?? "") as Key);
  } catch {
    return null;
  }
}

export function demoWallet(api: TipsApi): InstalledWallet {
  return { id: DEMO_WALLET, name: "Demo wallet", icon: "", provider: new DemoProvider(api) };
}

