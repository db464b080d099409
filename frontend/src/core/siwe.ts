/** Sign-In with Ethereum: the message a wallet signs (EIP-4361), and in words what can go wrong with wallets. */
import type { Nonce } from "../protocol/account-types";

export type SiwePurpose = "sign-in" | "link" | "step-up";

const STATEMENTS: Record<SiwePurpose, string> = {
  "sign-in": "Sign in to Harmonie. This costs nothing and moves nothing.",
  link: "Let this wallet sign in to my Harmonie account. This costs nothing and moves nothing.",
  "step-up": "Confirm to Harmonie that it is me. This costs nothing and moves nothing.",
};

/** `address` has the capitals of EIP-55; `issuedAt` is RFC 3339. */
export function siweMessage(nonce: Nonce, address: string, purpose: SiwePurpose, issuedAt: string): string {
  return [
    `${nonce.domain} wants you to sign in with your Ethereum account:`,
    address,
    "",
    STATEMENTS[purpose],
    "",
    `URI: ${nonce.uri}`,
    "Version: 1",
    `Chain ID: ${nonce.chain_id}`,
    `Nonce: ${nonce.nonce}`,
    `Issued At: ${issuedAt}`,
  ].join("\n");
}

/** UTF-8 text as the hexadecimal that `personal_sign` takes. */
export function hexOf(text: string): string {
  return `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

const CHAINS: Readonly<Record<number, string>> = { 1: "Ethereum", 1114: "Core testnet", 1116: "Core", 31337: "a local test chain" };

export function chainName(id: number): string {
  return CHAINS[id] ?? `the chain ${id}`;
}

/** A wallet is on another chain than the server wants; it can be asked to change over. */
export class WrongChain extends Error {
  override readonly name = "WrongChain";

  constructor(
    readonly wanted: number,
    readonly found: number,
  ) {
    super(`Your wallet is on ${chainName(found)}; this server needs ${chainName(wanted)}. Change the network in your wallet.`);
  }
}

/** What a wallet's refusal means (codes of EIP-1193 and EIP-1474); null when it is no error of a wallet. */
export function walletRefusal(error: unknown): string | null {
  if (error instanceof WrongChain) return error.message;
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  switch (error.code) {
    case 4001:
      return "You declined in your wallet, so nothing happened.";
    case 4100:
      return "Your wallet does not let this page use the account. Unlock it and try again.";
    case 4200:
      return "Your wallet cannot do this. Try another one.";
    case 4900:
    case 4901:
      return "Your wallet is not connected. Open it and try again.";
    case 4902:
      return "Your wallet does not know this server's chain. Add it in your wallet and try again.";
    case -32002:
      return "Your wallet is already waiting for you: open it to go on.";
    default:
      return typeof error.code === "number" ? "Your wallet reported an error. Open it, see what it says, and try again." : null;
  }
}

export function shortAddress(address: string): string {
  return address.length <= 13 ? address : `${address.slice(0, 6)}…${address.slice(-4)}`;
}
