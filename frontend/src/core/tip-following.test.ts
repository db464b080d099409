import { describe, expect, it } from "vitest";
import { type Look, TipFollowing } from "./tip-following";

const WAITING: Look = { receipt: null, known: true, head: 100, nextNonce: 7 };
const MINED: Look = { receipt: { block: 101, succeeded: true }, known: true, head: 101, nextNonce: 8 };
const UNKNOWN: Look = { ...WAITING, known: false };
const USED_UP: Look = { ...UNKNOWN, nextNonce: 8 };

function sent(): TipFollowing {
  return new TipFollowing("0xa", 7, 3, 0);
}

describe("a transaction that was sent", () => {
  it("waits, is mined, gathers blocks and is confirmed; then nothing is asked any more", () => {
    const following = sent();
    following.looked(WAITING, 500);
    expect(following.fate).toEqual({ kind: "sent", slow: false, again: false });
    following.looked(MINED, 1000);
    expect(following.fate).toEqual({ kind: "mined", confirmations: 1 });
    following.looked({ ...MINED, head: 102 }, 2000);
    expect(following.fate).toEqual({ kind: "mined", confirmations: 2 });
    expect(following.nextLookMs).not.toBeNull();
    following.looked({ ...MINED, head: 103 }, 3000);
    expect([following.fate, following.nextLookMs]).toEqual([{ kind: "confirmed" }, null]);
  });

  it("is called slow after a while", () => {
    const following = sent();
    following.looked(WAITING, 46_000);
    expect(following.fate).toEqual({ kind: "sent", slow: true, again: false });
  });

  it("waits again when the chain drops its block", () => {
    const following = sent();
    following.looked(MINED, 1000);
    following.looked(WAITING, 2000);
    expect(following.fate).toEqual({ kind: "sent", slow: false, again: true });
    following.looked({ ...MINED, head: 105 }, 3000);
    expect(following.fate).toEqual({ kind: "confirmed" });
  });

  it("fails in its block, and the reason is asked for", () => {
    const following = sent();
    following.looked({ ...MINED, receipt: { block: 101, succeeded: false } }, 1000);
    expect([following.fate.kind, following.wish, following.nextLookMs]).toEqual(["failed", "reason", null]);
    following.failedBecause("paused");
    expect([following.fate, following.wish]).toEqual([{ kind: "failed", reason: "paused" }, null]);
  });

  it("is followed under its new hash when the wallet sent the same again", () => {
    const following = sent();
    following.looked(USED_UP, 1000);
    expect(following.wish).toBeNull();
    following.looked(USED_UP, 2000);
    expect(following.wish).toBe("replacement");
    following.replacedBy({ kind: "same", hash: "0xb" }, 2100);
    expect([following.hash, following.nextLookMs, following.fate]).toEqual(["0xb", 2100, { kind: "sent", slow: false, again: true }]);
    following.looked(MINED, 2200);
    expect(following.fate.kind).toBe("mined");
  });

  it("is replaced when something else took its number", () => {
    const following = sent();
    following.looked(USED_UP, 1000);
    following.looked(USED_UP, 2000);
    following.replacedBy({ kind: "other" }, 2100);
    expect([following.fate, following.nextLookMs]).toEqual([{ kind: "replaced" }, null]);
  });

  it("is looked for again when nobody found what took its number", () => {
    const following = sent();
    following.looked(USED_UP, 1000);
    following.looked(USED_UP, 2000);
    following.replacedBy(null, 2100);
    expect([following.wish, following.fate.kind]).toEqual([null, "sent"]);
    following.looked(MINED, 3000);
    expect(following.fate.kind).toBe("mined");
  });

  it("counts as lost when no node knows it any more, and may turn up again", () => {
    const following = sent();
    following.looked(WAITING, 1000);
    following.looked(UNKNOWN, 30_000);
    expect(following.fate.kind).toBe("sent");
    following.looked(UNKNOWN, 42_000);
    expect(following.fate.kind).toBe("dropped");
    following.looked(MINED, 50_000);
    expect(following.fate.kind).toBe("mined");
  });

  it("takes the server's word that it is seen or confirmed, and looks when the server says that something is wrong", () => {
    const following = sent();
    following.seen(700);
    expect(following.fate).toEqual({ kind: "mined", confirmations: 1 });
    following.looked(WAITING, 900);
    expect(following.fate.kind).toBe("mined");
    following.withdrawn(1000);
    expect(following.nextLookMs).toBe(1000);
    following.looked(WAITING, 1000);
    expect(following.fate.kind).toBe("sent");
    following.serverConfirmed();
    expect([following.fate.kind, following.nextLookMs]).toEqual(["confirmed", null]);
    const failed = sent();
    failed.looked({ ...MINED, receipt: { block: 101, succeeded: false } }, 1000);
    failed.serverConfirmed();
    expect(failed.fate.kind).toBe("failed");
  });

  it("is asked for less and less often, and not for ever", () => {
    const following = sent();
    const waits: (number | null)[] = [];
    for (const atMs of [1000, 20_000, 200_000]) {
      following.unanswered(atMs);
      waits.push(following.nextLookMs === null ? null : following.nextLookMs - atMs);
    }
    following.unanswered(31 * 60_000);
    expect([...waits, following.nextLookMs]).toEqual([1000, 2500, 8000, null]);
  });
});
