import { describe, expect, it } from "vitest";
import type { Goal, PendingTip, Tip } from "../protocol/tips";
import { applyTipEvent, missingBefore, NO_TIPS, PENDING_KEPT, TIPS_KEPT, tipsFromSnapshot, withOlderTips } from "./tips";

const FROM = { user: null, name: "0x12ab…cd34", wallet: "0x12ab", badges: [] };

function tip(id: number, atMs: number, more: Partial<Tip> = {}): Tip {
  return {
    id: String(id),
    state: "seen",
    from: FROM,
    amount: "1",
    token: "0x0",
    symbol: "CORE",
    decimals: 18,
    worth: null,
    message: "hello",
    message_state: "shown",
    at_ms: atMs,
    broadcast: null,
    clock_ms: null,
    transaction: `0xt${id}`,
    block: 1,
    ...more,
  };
}

function announced(transaction: string): PendingTip {
  const { id: _id, block: _block, ...body } = tip(1, 5);
  return { ...body, state: "pending", transaction };
}

const ids = (tips: readonly Tip[]) => tips.map(({ id }) => id);

describe("the tips of a channel", () => {
  it("are in the order of time, then of their ids as numbers", () => {
    const state = [tip(9, 2), tip(10, 2), tip(3, 1)].reduce((so, each) => applyTipEvent(so, { type: "tip_seen", tip: each }), NO_TIPS);
    expect(ids(state.recent)).toEqual(["3", "9", "10"]);
    expect(ids(tipsFromSnapshot({ ...NO_TIPS, recent: [tip(10, 2), tip(9, 2), tip(3, 1)] }).recent)).toEqual(["3", "9", "10"]);
  });

  it("take the place of what was announced with the same transaction", () => {
    const waiting = applyTipEvent(NO_TIPS, { type: "tip_pending", tip: announced("0xt1") });
    expect(waiting.pending).toHaveLength(1);
    const mined = applyTipEvent(waiting, { type: "tip_seen", tip: tip(1, 5) });
    expect([mined.pending.length, ids(mined.recent)]).toEqual([0, ["1"]]);
    expect(applyTipEvent(mined, { type: "tip_pending", tip: announced("0xt1") })).toBe(mined);
  });

  it("are there once however often they are told", () => {
    const once = applyTipEvent(NO_TIPS, { type: "tip_seen", tip: tip(1, 5) });
    const moved = applyTipEvent(once, { type: "tip_seen", tip: tip(1, 5, { block: 9 }) });
    expect(moved.recent.map(({ id, block }) => [id, block])).toEqual([["1", 9]]);
    const told = applyTipEvent(NO_TIPS, { type: "tip_pending", tip: announced("0xa") });
    expect(applyTipEvent(told, { type: "tip_pending", tip: announced("0xa") }).pending).toHaveLength(1);
  });

  it("are marked when confirmed, and gone when withdrawn or dropped", () => {
    let state = applyTipEvent(NO_TIPS, { type: "tip_seen", tip: tip(1, 5) });
    state = applyTipEvent(state, { type: "tip_confirmed", id: "1" });
    expect(state.recent[0]?.state).toBe("confirmed");
    state = applyTipEvent(state, { type: "tip_withdrawn", id: "1" });
    expect(state.recent).toEqual([]);
    state = applyTipEvent(state, { type: "tip_pending", tip: announced("0xa") });
    expect(applyTipEvent(state, { type: "tip_dropped", transaction: "0xa", reason: "failed" }).pending).toEqual([]);
  });

  it("have messages that come and go", () => {
    const held = applyTipEvent(NO_TIPS, { type: "tip_seen", tip: tip(1, 5, { message: "", message_state: "held" }) });
    const released = applyTipEvent(held, { type: "tip_message", id: "1", message: "now", message_state: "shown" });
    expect(released.recent[0]).toMatchObject({ message: "now", message_state: "shown" });
  });

  it("are not kept without end", () => {
    let state = NO_TIPS;
    for (let each = 0; each < TIPS_KEPT + 5; each += 1) state = applyTipEvent(state, { type: "tip_seen", tip: tip(each, each) });
    for (let each = 0; each < PENDING_KEPT + 5; each += 1) state = applyTipEvent(state, { type: "tip_pending", tip: announced(`0xp${each}`) });
    expect([state.recent.length, state.recent[0]?.id]).toEqual([TIPS_KEPT, "5"]);
    expect([state.pending.length, state.pending[0]?.transaction]).toEqual([PENDING_KEPT, "0xp5"]);
  });

  it("are fetched as far back as the chat is read", () => {
    const recent = Array.from({ length: 30 }, (_, index) => tip(100 + index, 1000 + index));
    const state = tipsFromSnapshot({ ...NO_TIPS, recent });
    expect([state.complete, missingBefore(state, 1000), missingBefore(state, 500)]).toEqual([false, null, "100"]);
    const more = withOlderTips(state, [tip(99, 900), tip(98, 400), tip(100, 1000)], false);
    expect([more.recent.length, more.recent[0]?.id, missingBefore(more, 500), missingBefore(more, 100)]).toEqual([32, "98", null, "98"]);
    expect(missingBefore(withOlderTips(more, [], true), 0)).toBeNull();
    const full = withOlderTips(state, Array.from({ length: TIPS_KEPT }, (_, index) => tip(1000 + index, index)), true);
    expect([full.recent.length, full.recent.at(-1)?.id, full.complete, missingBefore(full, 0)]).toEqual([TIPS_KEPT, "129", false, null]);
    expect(tipsFromSnapshot({ ...NO_TIPS, recent: recent.slice(1) }).complete).toBe(true);
  });

  it("come from a wallet and nobody once an account is gone", () => {
    const wallet = "0x52908400098527886E0F7030069857D2E4169EE7";
    const ada = { user: "u1", name: "Ada", wallet, badges: ["tipper_1"] };
    const before = {
      ...NO_TIPS,
      recent: [tip(1, 1, { from: ada }), tip(2, 2)],
      top: [{ user: "u1", name: "Ada", wallet, worth: null, amount: "3", tips: 1 }],
    };
    const after = applyTipEvent(before, { type: "tip_forgotten", user: "u1" });
    expect(after.recent[0]?.from).toEqual({ user: null, name: "0x5290…9EE7", wallet, badges: [] });
    expect(after.recent[1]?.from).toEqual(FROM);
    expect(after.top[0]).toMatchObject({ user: null, name: "0x5290…9EE7" });
  });

  it("tell of the goal and of who gave most", () => {
    const goal = { id: "1", title: "Amp" } as Goal;
    expect(applyTipEvent(NO_TIPS, { type: "tip_goal", goal }).goal).toBe(goal);
    const top = [{ user: null, name: "Ada", wallet: "0x1", worth: null, amount: "3", tips: 1 }];
    expect(applyTipEvent(NO_TIPS, { type: "tip_top", top }).top).toBe(top);
  });
});
