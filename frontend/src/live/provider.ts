/** A wallet's provider (EIP-1193) as tips use it: questions to its node, and changing over to the right chain. */
import { isRejection, isUnknownChain } from "../core/tip-refusals";
import { WrongChain } from "../core/siwe";
import type { Chain } from "../protocol/tips";
import { NoAccount, type Provider } from "./wallets";

/** The account to tip from; the wallet may ask the person. Raises NoAccount and what the wallet raises. */
export async function accountOf(provider: Provider): Promise<string> {
  const account = firstAddress(await provider.request({ method: "eth_requestAccounts" }));
  if (account === null) throw new NoAccount();
  return account;
}

/** The account that this page may use already, without asking anyone; null when there is none. */
export async function knownAccount(provider: Provider): Promise<string | null> {
  return firstAddress(await provider.request({ method: "eth_accounts" }));
}

export async function chainOf(provider: Provider): Promise<number> {
  return Number(await provider.request({ method: "eth_chainId" }));
}

/** On the chain afterwards. `adding` is told when the wallet does not know it yet. Raises WrongChain and what the wallet raises. */
export async function changeOver(provider: Provider, chain: Chain, adding: () => void): Promise<void> {
  const chainId = `0x${chain.id.toString(16)}`;
  const switchOver = () => provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
  try {
    await switchOver();
  } catch (cause) {
    if (isRejection(cause)) throw cause;
    if (!isUnknownChain(cause) || chain.rpc_urls.length === 0) throw new WrongChain(chain.id, await chainOf(provider));
    adding();
    await provider.request({ method: "wallet_addEthereumChain", params: [description(chain, chainId)] });
    // Some wallets change over when they are told of a chain, others do not.
    if ((await chainOf(provider)) !== chain.id) await switchOver();
  }
  const found = await chainOf(provider);
  if (found !== chain.id) throw new WrongChain(chain.id, found);
}

function description(chain: Chain, chainId: string): object {
  return {
    chainId,
    chainName: chain.name,
    nativeCurrency: { name: chain.currency.symbol, symbol: chain.currency.symbol, decimals: chain.currency.decimals },
    rpcUrls: chain.rpc_urls,
    ...(chain.explorer !== null && { blockExplorerUrls: [chain.explorer] }),
  };
}

/** A quantity of JSON-RPC. */
export async function number(provider: Provider, method: string, ...params: readonly unknown[]): Promise<bigint> {
  return BigInt(String(await provider.request({ method, params })));
}

function firstAddress(accounts: unknown): string | null {
  const account: unknown = Array.isArray(accounts) ? accounts[0] : null;
  return typeof account === "string" && /^0x[0-9a-fA-F]{40}$/.test(account) ? account : null;
}
