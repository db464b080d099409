import { describe, expect, it } from "vitest";
import { isBusy, mood, NOT_SENT, type Progress, progressWords, type Step } from "./tip-progress";
import type { Fate } from "./tip-following";

const NAMES = { wallet: "Fox", chain: "Core", confirmations: 21 };
const at = (fate: Fate): Progress => ({ step: "following", problem: "", fate, hash: "0xa" });

describe("a tip on its way", () => {
  it("has words for each step, and waits for the person in most", () => {
    const steps: Step[] = ["connecting", "switching", "adding", "checking", "permitting", "approving", "allowing", "signing"];
    const words = steps.map((step) => progressWords({ ...NOT_SENT, step }, NAMES));
    expect(new Set(words).size).toBe(steps.length);
    expect(words.every((each) => each.length > 10)).toBe(true);
    expect(steps.every((step) => isBusy({ ...NOT_SENT, step }))).toBe(true);
    expect([progressWords(NOT_SENT, NAMES), isBusy(NOT_SENT)]).toEqual(["", false]);
  });

  it("may be tried again after a problem", () => {
    const failed: Progress = { ...NOT_SENT, step: "signing", problem: "No." };
    expect([isBusy(failed), progressWords(failed, NAMES), mood(failed)]).toEqual([false, "No.", "bad"]);
  });

  it.each<[Fate, string, string]>([
    [{ kind: "sent", slow: false, again: false }, "On its way", "calm"],
    [{ kind: "sent", slow: true, again: false }, "Still on its way", "calm"],
    [{ kind: "sent", slow: false, again: true }, "again", "calm"],
    [{ kind: "mined", confirmations: 2 }, "Confirmed by 2 of 21", "good"],
    [{ kind: "confirmed" }, "Thank you", "good"],
    [{ kind: "failed", reason: "Paused." }, "Paused.", "bad"],
    [{ kind: "replaced" }, "cancelled", "bad"],
    [{ kind: "dropped" }, "does not know", "bad"],
  ])("%j is told as it is", (fate, words, expected) => {
    expect(progressWords(at(fate), NAMES)).toContain(words);
    expect([mood(at(fate)), isBusy(at(fate))]).toEqual([expected, false]);
  });
});
