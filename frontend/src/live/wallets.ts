/**
 * Wallets installed in the browser: found by EIP-6963, spoken to by EIP-1193.
 *
 * `window.ethereum` is taken only when no wallet announces itself: with several installed it is whichever came last.
 */
import { hexOf, siweMessage, type SiwePurpose, WrongChain } from "../core/siwe";
import type { Nonce, WalletProof } from "../protocol/account-types";

export interface Provider {
  request(call: { method: string; params?: readonly unknown[] }): Promise<unknown>;
}

export interface InstalledWallet {
  readonly id: string;
  readonly name: string;
  /** A data: address, or empty. */
  readonly icon: string;
  readonly provider: Provider;
}

const ANNOUNCE = "eip6963:announceProvider";

/** Tells `found` of all wallets known so far, again at each new one. Returns the function that stops. */
export function discoverWallets(found: (wallets: readonly InstalledWallet[]) => void): () => void {
  const wallets = new Map<string, InstalledWallet>();
  const announced = (event: Event) => {
    const wallet = walletOf((event as CustomEvent<unknown>).detail);
    if (wallet === null || wallets.has(wallet.id)) return;
    wallets.set(wallet.id, wallet);
    found([...wallets.values()]);
  };
  window.addEventListener(ANNOUNCE, announced);
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  const legacy = (window as { ethereum?: unknown }).ethereum;
  if (wallets.size === 0 && isProvider(legacy)) {
    found([{ id: "window.ethereum", name: "Browser wallet", icon: "", provider: legacy }]);
  }
  return () => window.removeEventListener(ANNOUNCE, announced);
}

/** Ask the wallet for its account and a signature. Raises what the wallet raises, WrongChain, and what `newNonce` raises. */
export async function proveWallet(wallet: InstalledWallet, newNonce: () => Promise<Nonce>, purpose: SiwePurpose): Promise<WalletProof> {
  const accounts = await wallet.provider.request({ method: "eth_requestAccounts" });
  const account = Array.isArray(accounts) ? (accounts[0] as unknown) : null;
  if (typeof account !== "string" || !/^0x[0-9a-fA-F]{40}$/.test(account)) throw new NoAccount();
  const nonce = await newNonce();
  await useChain(wallet.provider, nonce.chain_id);
  // Wallets differ in how they write addresses; the message needs the capitals of EIP-55.
  const { checksumAddress } = await import("../core/checksum");
  const message = siweMessage(nonce, checksumAddress(account), purpose, new Date().toISOString());
  const signature = await wallet.provider.request({ method: "personal_sign", params: [hexOf(message), account] });
  return { message, signature: String(signature) };
}

export class NoAccount extends Error {
  override readonly name = "NoAccount";

  constructor() {
    super("Your wallet gave no account. Unlock it and try again.");
  }
}

async function useChain(provider: Provider, wanted: number): Promise<void> {
  const found = Number(await provider.request({ method: "eth_chainId" }));
  if (found === wanted) return;
  try {
    await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId: `0x${wanted.toString(16)}` }] });
  } catch (cause) {
    if (codeOf(cause) === 4001) throw cause;
    throw new WrongChain(wanted, found);
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function walletOf(detail: unknown): InstalledWallet | null {
  if (typeof detail !== "object" || detail === null || !("info" in detail) || !("provider" in detail)) return null;
  const { info, provider } = detail;
  if (typeof info !== "object" || info === null || !isProvider(provider)) return null;
  const { uuid, name, icon } = info as Record<string, unknown>;
  if (typeof uuid !== "string" || typeof name !== "string") return null;
  return { id: uuid, name, icon: typeof icon === "string" && icon.startsWith("data:image/") ? icon : "", provider };
}

function isProvider(value: unknown): value is Provider {
  return typeof value === "object" && value !== null && "request" in value && typeof value.request === "function";
}
