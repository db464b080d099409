/** What a wallet is asked for to tip: calls of the contract and of tokens, permits, and what refusals mean. No I/O. */
import {
  type Abi,
  decodeErrorResult,
  decodeFunctionResult,
  domainSeparator,
  encodeFunctionData,
  getAddress,
  type Hex,
  parseSignature,
} from "viem";
import { TIP_JAR, TOKEN } from "./tip-abi";
import { type Coin, NATIVE } from "../protocol/tips";

export type { Hex };

export interface TipOrder {
  readonly contract: string;
  readonly coin: Pick<Coin, "token" | "permit">;
  readonly amount: bigint;
  readonly artist: string;
  readonly channel: number;
  readonly broadcast: number;
  readonly message: string;
}

/** Of `eth_call` and `eth_sendTransaction`. */
export interface Call {
  readonly to: Hex;
  readonly data: Hex;
  readonly value?: Hex;
}

export interface SignedPermit {
  readonly signature: Hex;
  readonly deadline: bigint;
}

export const MESSAGE_BYTES = 500;
const NATIVE_TIP = "tip";

export function messageBytes(message: string): number {
  return new TextEncoder().encode(message).length;
}

export function isNative(coin: Pick<Coin, "token">): boolean {
  return coin.token.toLowerCase() === NATIVE;
}

/** The tip itself. In a token the contract has to be allowed to take the amount, by `permit` or before. */
export function tipCall(order: TipOrder, permit: SignedPermit | null = null): Call {
  const about = { artist: getAddress(order.artist), channel: BigInt(order.channel), broadcast: BigInt(order.broadcast), message: order.message };
  const to = getAddress(order.contract);
  if (isNative(order.coin)) {
    return { to, data: encodeFunctionData({ abi: TIP_JAR, functionName: NATIVE_TIP, args: [about] }), value: `0x${order.amount.toString(16)}` };
  }
  const token = getAddress(order.coin.token);
  if (permit === null) {
    return { to, data: encodeFunctionData({ abi: TIP_JAR, functionName: "tipToken", args: [about, token, order.amount] }) };
  }
  const { r, s, v, yParity } = parseSignature(permit.signature);
  const args = [about, token, order.amount, permit.deadline, Number(v ?? BigInt(27 + yParity)), r, s] as const;
  return { to, data: encodeFunctionData({ abi: TIP_JAR, functionName: "tipTokenWithPermit", args }) };
}

export function approval(order: TipOrder): Call {
  return { to: getAddress(order.coin.token), data: encodeFunctionData({ abi: TOKEN, functionName: "approve", args: [getAddress(order.contract), order.amount] }) };
}

type Question = "balanceOf" | "allowance" | "nonces" | "name" | "version" | "DOMAIN_SEPARATOR";

/** A question to a token; `asked` are addresses. */
export function tokenCall(token: string, question: Question, ...asked: readonly string[]): Call {
  return { to: getAddress(token), data: encodeFunctionData({ abi: TOKEN as Abi, functionName: question, args: asked.map((each) => getAddress(each)) }) };
}

/** The answer to it: a bigint for numbers, text for the rest. Raises when it is none. */
export function tokenAnswer(question: Question, answer: unknown): unknown {
  return decodeFunctionResult({ abi: TOKEN as Abi, functionName: question, data: answer as Hex });
}

export interface PermitFacts {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
  readonly token: string;
  readonly owner: string;
  readonly spender: string;
  readonly amount: bigint;
  readonly nonce: bigint;
  readonly deadline: bigint;
}

/** Whether the token's own domain is the one that would be signed for; a permit for another is worth nothing. */
export function isDomain(facts: Pick<PermitFacts, "name" | "version" | "chainId" | "token">, separator: unknown): boolean {
  return domainSeparator({ domain: domainOf(facts) }) === separator;
}

/** EIP-712 data for `eth_signTypedData_v4`, as JSON. */
export function permitData(facts: PermitFacts): string {
  const { owner, spender, amount, nonce, deadline } = facts;
  return JSON.stringify({
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
        { name: "chainId", type: "uint256" },
        { name: "verifyingContract", type: "address" },
      ],
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    domain: domainOf(facts),
    message: { owner: getAddress(owner), spender: getAddress(spender), value: String(amount), nonce: String(nonce), deadline: String(deadline) },
  });
}

function domainOf({ name, version, chainId, token }: Pick<PermitFacts, "name" | "version" | "chainId" | "token">) {
  return { name, version, chainId, verifyingContract: getAddress(token) };
}

const CONTRACT_WORDS: Readonly<Record<string, string>> = {
  EnforcedPause: "New tips are paused on this server just now. Nothing was sent; try again later.",
  MessageTooLong: "The message is too long for the contract.",
  NobodyThere: "The artist's address cannot take tips. Tell the artist.",
  NothingSent: "The tip is empty.",
  SafeERC20FailedOperation: "The coin's contract refused the transfer.",
  ERC20InsufficientBalance: "Your wallet does not hold enough of this coin.",
  ERC20InsufficientAllowance: "The contract may not take this amount from your wallet. Try again and allow it.",
};

/** What a reverted call means, from the data it left; null when nobody can say. */
export function revertWords(data: unknown): string | null {
  if (typeof data !== "string" || !/^0x[0-9a-f]{8}/i.test(data)) return null;
  try {
    const { errorName, args } = decodeErrorResult({ abi: [...TIP_JAR, ...TOKEN] as Abi, data: data as Hex });
    if (errorName === "Error") return `The contract refused: ${String(args?.[0]).slice(0, 200)}`;
    return CONTRACT_WORDS[errorName] ?? null;
  } catch {
    return null;
  }
}
