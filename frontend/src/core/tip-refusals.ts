/** What went wrong between the page and a wallet, in words. Wallets wrap the errors of their nodes in ways of their own. */
import { refusalWords } from "./refusals";

/** `revert` reads the data of a reverted call; `what` was to be sent. */
export function tipRefusal(error: unknown, revert: (data: unknown) => string | null, what = "tip"): string {
  const layers = layersOf(error);
  for (const layer of layers) {
    const words = revert(layer["data"]);
    if (words !== null) return words;
  }
  const text = layers.map(({ message }) => (typeof message === "string" ? message : "")).join(" ");
  if (isRejection(error)) return "You declined in your wallet, so nothing was sent.";
  if (/insufficient funds|exceeds (the )?balance|not enough (funds|balance)/i.test(text)) {
    return `Your wallet does not hold enough for the ${what} and the network's fee.`;
  }
  if (/nonce too low|already known|replacement transaction underpriced/i.test(text)) {
    return "Another transaction of your wallet was in the way. Try again.";
  }
  if (/execution reverted|revert/i.test(text)) return `The contract would refuse this ${what}, so it was not sent.`;
  return refusalWords(error);
}

/** The person said no: EIP-1193's code, or how some wallets put it. */
export function isRejection(error: unknown): boolean {
  return layersOf(error).some(({ code, message }) => code === 4001 || code === "ACTION_REJECTED" || (typeof message === "string" && /user (rejected|denied)/i.test(message)));
}

/** EIP-3326: the wallet has to be told of the chain first (EIP-3085). Some say so only within. */
export function isUnknownChain(error: unknown): boolean {
  return layersOf(error).some(({ code, message }) => code === 4902 || (typeof message === "string" && /unrecognized chain|unknown chain/i.test(message)));
}

/** The error, and those it was made of. */
function layersOf(error: unknown): readonly Readonly<Record<string, unknown>>[] {
  const layers: Readonly<Record<string, unknown>>[] = [];
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && layers.length < 8) {
    const next = waiting.shift();
    if (typeof next !== "object" || next === null) continue;
    const layer = next as Readonly<Record<string, unknown>>;
    // `message` of an Error is not its own enumerable property, but can be read all the same.
    layers.push(layer);
    waiting.push(layer["cause"], layer["data"], layer["error"], layer["originalError"], layer["info"]);
  }
  return layers;
}
