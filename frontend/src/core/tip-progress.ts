/** How far a tip is on its way from the person's decision to the chain, in words. */
import type { Fate } from "./tip-following";

export type Step =
  | "idle"
  | "connecting"
  | "switching"
  | "adding"
  | "checking"
  | "permitting"
  | "approving"
  | "allowing"
  | "signing"
  | "following";

export interface Progress {
  readonly step: Step;
  /** Why it ended before anything was sent; empty when it did not. */
  readonly problem: string;
  readonly fate: Fate | null;
  /** Of the transaction; empty until it is known. */
  readonly hash: string;
}

export const NOT_SENT: Progress = { step: "idle", problem: "", fate: null, hash: "" };

interface Names {
  readonly wallet: string;
  readonly chain: string;
  readonly confirmations: number;
}

/** While `busy` the person cannot start another tip. */
export function isBusy({ step, problem }: Progress): boolean {
  return step !== "idle" && step !== "following" && problem === "";
}

export function progressWords({ step, problem, fate }: Progress, { wallet, chain, confirmations }: Names): string {
  if (problem !== "") return problem;
  switch (step) {
    case "idle":
      return "";
    case "connecting":
      return `Open ${wallet} and let this page use your account…`;
    case "switching":
      return `${wallet} asks whether it may change over to ${chain}…`;
    case "adding":
      return `${wallet} does not know ${chain} yet. It asks whether it may add it…`;
    case "checking":
      return "Looking whether the tip can go through…";
    case "permitting":
      return `First of two: ${wallet} asks you to sign a permission for exactly this amount. It costs nothing.`;
    case "approving":
      return `First of two: ${wallet} asks you to let the contract take exactly this amount. That is a transaction of its own, with a fee.`;
    case "allowing":
      return "The permission is on its way. The tip follows as soon as it is in a block…";
    case "signing":
      return `Open ${wallet} and confirm the tip there…`;
    case "following":
      return fate === null ? "" : fateWords(fate, confirmations);
  }
}

function fateWords(fate: Fate, confirmations: number): string {
  switch (fate.kind) {
    case "sent":
      if (fate.again) return "On its way again: the chain has put it back among those that wait. Nothing is lost.";
      if (fate.slow) return "Still on its way. The network is busy, or the fee was low; your wallet can raise it.";
      return "On its way. It shows on the stream as soon as it is in a block.";
    case "mined":
      return `It has arrived and is on the stream. Confirmed by ${Math.min(fate.confirmations, confirmations)} of ${confirmations} blocks.`;
    case "confirmed":
      return "Confirmed. Thank you!";
    case "failed":
      return `It did not go through; only the network's fee was spent. ${fate.reason}`.trim();
    case "replaced":
      return "Your wallet sent another transaction in its place, so this tip was cancelled.";
    case "dropped":
      return "The network does not know this tip any more. Most likely it will not arrive; look into your wallet before you try again.";
  }
}

/** How urgent it is, for its looks. */
export function mood({ problem, fate }: Progress): "calm" | "good" | "bad" {
  if (problem !== "") return "bad";
  if (fate === null || fate.kind === "sent") return "calm";
  return fate.kind === "mined" || fate.kind === "confirmed" ? "good" : "bad";
}
