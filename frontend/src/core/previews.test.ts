import { describe, expect, it } from "vitest";
import { PreviewPlan, STILL_EVERY_MS } from "./previews";

function planWith(slots: number, ...names: string[]): PreviewPlan {
  const plan = new PreviewPlan(slots);
  for (const name of names) plan.setVisible(name, true);
  return plan;
}

const list = (plan: PreviewPlan, nowMs: number) => [...plan.connected(nowMs)].toSorted();

describe("PreviewPlan", () => {
  it("connects cards in view, as many as there are slots", () => {
    const plan = planWith(2, "a", "b", "c");
    plan.setVisible("d", false);
    expect(list(plan, 0)).toEqual(["a", "b"]);
  });

  it("gives the slot on once a card has its still", () => {
    const plan = planWith(1, "a", "b");
    plan.connected(0);
    plan.gotStill("a", 200);
    expect(list(plan, 200)).toEqual(["b"]);
  });

  it("does not take a connection that is under way from a card", () => {
    const plan = planWith(1, "a");
    plan.connected(0);
    plan.setVisible("b", true);
    expect(list(plan, 100)).toEqual(["a"]);
  });

  it("keeps a card that is pointed at connected, and before all others", () => {
    const plan = planWith(1, "a", "b");
    plan.connected(0);
    plan.setHeld("b", true);
    expect(list(plan, 100)).toEqual(["b"]);
    plan.gotStill("b", 200);
    expect(list(plan, 5000)).toEqual(["b"]);
    plan.setHeld("b", false);
    expect(list(plan, 5000)).toEqual(["a"]);
  });

  it("renews a still after half a minute, and says when", () => {
    const plan = planWith(6, "a");
    plan.connected(0);
    plan.gotStill("a", 200);
    expect(list(plan, 200)).toEqual([]);
    expect(plan.nextMs(200)).toBe(200 + STILL_EVERY_MS);
    expect(list(plan, 200 + STILL_EVERY_MS)).toEqual(["a"]);
  });

  it("gives up a card that brings no picture, and leaves it alone for a while", () => {
    const plan = planWith(1, "a", "b");
    plan.connected(0);
    expect(plan.nextMs(0)).toBe(8000);
    expect(list(plan, 8000)).toEqual(["b"]);
    plan.gotStill("b", 8100);
    expect(list(plan, 9000)).toEqual([]);
    expect(list(plan, 38_000)).toEqual(["a"]);
  });

  it("lets go of cards that leave the view", () => {
    const plan = planWith(1, "a", "b");
    plan.connected(0);
    plan.setVisible("a", false);
    expect(list(plan, 10)).toEqual(["b"]);
    plan.remove("b");
    expect(list(plan, 20)).toEqual([]);
    expect(plan.nextMs(20)).toBeNull();
  });

  it("does not blame a card for connections that were all let go of", () => {
    const plan = planWith(1, "a");
    plan.connected(0);
    plan.releaseAll();
    expect(list(plan, 60_000)).toEqual(["a"]);
  });
});
