/** Tokens, asked through a wallet: balances, what the contract may take, and permits (EIP-2612). */
import { isDomain, permitData, type SignedPermit, tokenAnswer, tokenCall, type TipOrder } from "../core/tip-calls";
import type { Provider } from "./wallets";

/** Long enough for a slow block, short enough to be worth nothing later. */
const PERMIT_S = 3600;

type Question = Parameters<typeof tokenAnswer>[0];

async function ask(provider: Provider, token: string, question: Question, ...asked: readonly string[]): Promise<unknown> {
  return tokenAnswer(question, await provider.request({ method: "eth_call", params: [tokenCall(token, question, ...asked), "latest"] }));
}

export async function balanceIn(provider: Provider, account: string, token: string): Promise<bigint> {
  return (await ask(provider, token, "balanceOf", account)) as bigint;
}

export async function allowance(provider: Provider, account: string, order: TipOrder): Promise<bigint> {
  return (await ask(provider, order.coin.token, "allowance", account, order.contract)) as bigint;
}

/**
 * Null when the coin's permits are not of the kind that can be signed here, or the wallet signs in a way of its own.
 * Raises what the wallet raises, when the person declines.
 */
export async function signPermit(provider: Provider, chainId: number, owner: string, order: TipOrder, asking: () => void): Promise<SignedPermit | null> {
  const { token } = order.coin;
  const facts = await permitFacts(provider, chainId, token, owner).catch(() => null);
  if (facts === null) return null;
  const deadline = BigInt(Math.floor(Date.now() / 1000) + PERMIT_S);
  const data = permitData({ ...facts, owner, spender: order.contract, amount: order.amount, deadline });
  asking();
  const signature = String(await provider.request({ method: "eth_signTypedData_v4", params: [owner, data] }));
  return /^0x[0-9a-fA-F]{130}$/.test(signature) ? { signature: signature as `0x${string}`, deadline } : null;
}

async function permitFacts(provider: Provider, chainId: number, token: string, owner: string) {
  const [name, version, nonce, separator] = await Promise.all([
    ask(provider, token, "name"),
    // Not every token has one; then it is the first.
    ask(provider, token, "version").catch(() => "1"),
    ask(provider, token, "nonces", owner),
    ask(provider, token, "DOMAIN_SEPARATOR"),
  ]);
  const facts = { name: String(name), version: String(version), chainId, token };
  return isDomain(facts, separator) ? { ...facts, nonce: nonce as bigint } : null;
}
