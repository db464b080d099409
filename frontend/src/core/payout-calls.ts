/** The contract as those see it whom tips belong to: what they are owed, fetching it, and dividing it. No I/O. */
import { type Abi, decodeErrorResult, decodeFunctionResult, encodeFunctionData, getAddress } from "viem";
import type { Call, Hex } from "./tip-calls";
import type { Share } from "./tip-split";

const ACCOUNT = { name: "account", type: "address" } as const;
const PAYEES = { name: "payees", type: "tuple[]", components: [ACCOUNT, { name: "basisPoints", type: "uint16" }] } as const;

/** A test compares it with the contract's own. */
export const PAYOUT = [
  {
    type: "function",
    name: "owed",
    stateMutability: "view",
    inputs: [ACCOUNT, { name: "token", type: "address" }],
    outputs: [{ name: "", type: "uint256" }],
  },
  { type: "function", name: "splitOf", stateMutability: "view", inputs: [ACCOUNT], outputs: [PAYEES] },
  { type: "function", name: "setSplit", stateMutability: "nonpayable", inputs: [PAYEES], outputs: [] },
  { type: "function", name: "fetch", stateMutability: "nonpayable", inputs: [{ name: "token", type: "address" }, { name: "to", type: "address" }], outputs: [] },
  { type: "error", name: "NothingOwed", inputs: [] },
  { type: "error", name: "NobodyThere", inputs: [] },
  { type: "error", name: "SplitInvalid", inputs: [] },
  { type: "error", name: "FailedCall", inputs: [] },
] as const;

const WORDS: Readonly<Record<string, string>> = {
  NothingOwed: "There is nothing to fetch any more.",
  NobodyThere: "That address cannot be paid.",
  SplitInvalid: "The contract does not take these shares.",
  FailedCall: "This wallet is a contract that refuses coins. What it is owed stays where it is.",
};

export function owedCall(contract: string, account: string, token: string): Call {
  return call(contract, encodeFunctionData({ abi: PAYOUT, functionName: "owed", args: [getAddress(account), getAddress(token)] }));
}

/** Raises when the answer is none. */
export function owedAnswer(answer: unknown): bigint {
  return decodeFunctionResult({ abi: PAYOUT, functionName: "owed", data: answer as Hex });
}

export function splitCall(contract: string, artist: string): Call {
  return call(contract, encodeFunctionData({ abi: PAYOUT, functionName: "splitOf", args: [getAddress(artist)] }));
}

/** Raises when the answer is none. */
export function splitAnswer(answer: unknown): readonly Share[] {
  return decodeFunctionResult({ abi: PAYOUT, functionName: "splitOf", data: answer as Hex }).map(({ account, basisPoints }) => ({ account, basisPoints }));
}

export function setSplitCall(contract: string, shares: readonly Share[]): Call {
  const payees = shares.map(({ account, basisPoints }) => ({ account: getAddress(account.toLowerCase()), basisPoints }));
  return call(contract, encodeFunctionData({ abi: PAYOUT, functionName: "setSplit", args: [payees] }));
}

/** To the account itself. */
export function fetchCall(contract: string, account: string, token: string): Call {
  return call(contract, encodeFunctionData({ abi: PAYOUT, functionName: "fetch", args: [getAddress(token), getAddress(account)] }));
}

/** What a reverted call means, from the data it left; null when nobody can say. */
export function payoutRevert(data: unknown): string | null {
  if (typeof data !== "string" || !/^0x[0-9a-f]{8}/i.test(data)) return null;
  try {
    return WORDS[decodeErrorResult({ abi: PAYOUT as Abi, data: data as Hex }).errorName] ?? null;
  } catch {
    return null;
  }
}

function call(contract: string, data: Hex): Call {
  return { to: getAddress(contract), data };
}
