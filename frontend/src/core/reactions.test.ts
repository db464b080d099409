import { describe, expect, it } from "vitest";
import { type Done, DONE_MAX, has, mineOf, react, unsettled } from "./reactions";

const NONE: Done = new Map();

describe("reactions of one's own", () => {
  it("are what the server says, with what was done since over it", () => {
    const done = react(react(NONE, "m1", "🔥", true), "m2", "👏", false);
    const reacted = { m1: ["👏"], m2: ["👏"] };
    expect(has(mineOf("m1", reacted, done), "👏")).toBe(true);
    expect(has(mineOf("m1", reacted, done), "🔥")).toBe(true);
    expect(mineOf("m2", reacted, done)).toBe("");
    expect(mineOf("m3", reacted, done)).toBe("");
  });

  it("count as the server's word once it says the same", () => {
    const done = unsettled(react(NONE, "m1", "🔥", true), { m1: ["🔥"] });
    expect(done.size).toBe(0);
    // Taken away in another tab.
    expect(mineOf("m1", {}, done)).toBe("");
  });

  it("stay as they were done while the server has not heard of them", () => {
    const done = react(NONE, "m1", "🔥", true);
    expect(unsettled(done, { m2: ["🔥"] })).toBe(done);
  });

  it("tell an emoji from one that begins alike", () => {
    expect(has(mineOf("m1", { m1: ["👍🏽"] }, NONE), "👍")).toBe(false);
  });

  it("are not kept without end", () => {
    let done = NONE;
    for (let number = 0; number <= DONE_MAX; number += 1) done = react(done, `m${number}`, "🔥", true);
    expect(done.size).toBe(DONE_MAX);
    expect(mineOf("m0", {}, done)).toBe("");
  });
});
