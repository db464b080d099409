/** What a wallet's node says of a transaction. Answers are taken for what they are: somebody else's. */
import type { Call } from "../core/tip-calls";
import { revertWords } from "../core/tip-calls";
import type { Look, Receipt, Replacement } from "../core/tip-following";
import { tipRefusal } from "../core/tip-refusals";
import { number } from "./provider";
import type { Provider } from "./wallets";

const SEARCHED_BLOCKS = 40;

export async function receiptOf(provider: Provider, hash: string): Promise<Receipt | null> {
  const receipt = (await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as { blockNumber?: string; status?: string } | null;
  if (receipt?.blockNumber == null) return null;
  return { block: Number(receipt.blockNumber), succeeded: BigInt(receipt.status ?? "0x1") === 1n };
}

export async function lookAt(provider: Provider, account: string, hash: string): Promise<Look> {
  const [receipt, transaction, head, nextNonce] = await Promise.all([
    receiptOf(provider, hash),
    provider.request({ method: "eth_getTransactionByHash", params: [hash] }),
    number(provider, "eth_blockNumber"),
    number(provider, "eth_getTransactionCount", account, "latest"),
  ]);
  return { receipt, known: transaction != null, head: Number(head), nextNonce: Number(nextNonce) };
}

interface BlockTransaction {
  readonly hash: string;
  readonly from: string;
  readonly to: string | null;
  readonly nonce: string;
  readonly input: string;
  readonly value: string;
}

/** The transaction in a block that has our number; null when it is not found in the latest blocks. */
export async function replacementOf(provider: Provider, account: string, nonce: number, call: Call, firstBlock: number): Promise<Replacement | null> {
  const head = Number(await number(provider, "eth_blockNumber"));
  for (let block = head; block >= Math.max(firstBlock, head - SEARCHED_BLOCKS); block -= 1) {
    const answer = (await provider.request({ method: "eth_getBlockByNumber", params: [`0x${block.toString(16)}`, true] })) as {
      transactions?: readonly BlockTransaction[];
    } | null;
    const found = answer?.transactions?.find((each) => same(each.from, account) && Number(each.nonce) === nonce);
    if (found !== undefined) return isSameTip(found, call) ? { kind: "same", hash: found.hash } : { kind: "other" };
  }
  return null;
}

/** Asks the node to do again what failed, and reads the answer. Empty when that tells nothing. */
export async function whyFailed(provider: Provider, account: string, hash: string, call: Call): Promise<string> {
  const receipt = await receiptOf(provider, hash);
  const block = receipt === null ? "latest" : `0x${receipt.block.toString(16)}`;
  try {
    await provider.request({ method: "eth_call", params: [{ from: account, ...call }, block] });
    return "";
  } catch (error) {
    return tipRefusal(error, revertWords);
  }
}

function isSameTip(transaction: BlockTransaction, call: Call): boolean {
  return same(transaction.to ?? "", call.to) && same(transaction.input, call.data) && BigInt(transaction.value) === BigInt(call.value ?? "0x0");
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
