import { describe, expect, it } from "vitest";
import { PreviewPlan, REST_MS } from "./previews";

function planWith(slots: number, ...held: string[]): PreviewPlan {
  const plan = new PreviewPlan(slots);
  for (const name of held) {
    plan.setVisible(name, true);
    plan.setHeld(name, true);
  }
  return plan;
}

const list = (plan: PreviewPlan, nowMs: number) => [...plan.connected(nowMs)].toSorted();

describe("PreviewPlan", () => {
  it("connects cards that are pointed at and in view, as many as there are slots", () => {
    const plan = planWith(2, "a", "b", "c");
    plan.setVisible("d", true);
    expect(list(plan, 0)).toEqual(["a", "b"]);
    plan.setVisible("a", false);
    expect(list(plan, 1)).toEqual(["b", "c"]);
  });

  it("lets a card play for as long as it is pointed at", () => {
    const plan = planWith(1, "a");
    plan.connected(0);
    plan.plays("a");
    expect(list(plan, 60_000)).toEqual(["a"]);
    expect(plan.nextMs(60_000)).toBeNull();
    plan.setHeld("a", false);
    expect(list(plan, 60_001)).toEqual([]);
  });

  it("gives up a card that brings no picture, and leaves it alone for a while", () => {
    const plan = planWith(1, "a");
    plan.connected(0);
    expect(plan.nextMs(0)).toBe(8000);
    expect(list(plan, 8000)).toEqual([]);
    expect(plan.nextMs(8000)).toBe(8000 + REST_MS);
    expect(list(plan, 8000 + REST_MS)).toEqual(["a"]);
  });

  it("does not take a picture of the last connection for one of this", () => {
    const plan = planWith(1, "a");
    plan.connected(0);
    plan.plays("a");
    plan.setHeld("a", false);
    plan.connected(1000);
    plan.setHeld("a", true);
    expect(list(plan, 2000)).toEqual(["a"]);
    expect(list(plan, 10_000)).toEqual([]);
  });

  it("forgets a card that is gone", () => {
    const plan = planWith(1, "a");
    plan.remove("a");
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
