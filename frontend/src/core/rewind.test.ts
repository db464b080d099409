import { describe, expect, it } from "vitest";
import { behindAfter, LiveKeeper, rewindOf, seekTarget } from "./rewind";

it("goes on where somebody who had gone back was, when the connection is another one", () => {
  expect(behindAfter({ behindS: 60, atMs: 1000 }, 3000)).toBe(62);
  expect(behindAfter({ behindS: 60, atMs: 1000 }, 200_000)).toBe(0);
  expect(behindAfter(null, 3000)).toBe(0);
});

describe("rewinding", () => {
  it("is live at the live end, and near it", () => {
    expect(rewindOf(100, 400, 400)).toEqual({ windowS: 300, behindS: 0, live: true });
    expect(rewindOf(100, 400, 398).live).toBe(true);
    expect(rewindOf(100, 400, 401).behindS).toBe(0);
  });

  it("tells how far behind it is", () => {
    expect(rewindOf(100, 400, 340)).toEqual({ windowS: 300, behindS: 60, live: false });
    expect(rewindOf(100, 400, 50).behindS).toBe(300);
  });

  it("goes no further back than there is something", () => {
    expect(seekTarget(100, 400, 60)).toBe(340);
    expect(seekTarget(100, 400, 1000)).toBe(101);
    expect(seekTarget(100, 400, -5)).toBe(400);
  });
});

describe("LiveKeeper", () => {
  const late = (keeper: LiveKeeper, fromMs: number, seconds: number) => {
    const jumps: number[] = [];
    for (let second = 0; second < seconds; second += 1) {
      if (keeper.reading(5, fromMs + second * 1000)) jumps.push(second);
    }
    return jumps;
  };

  it("jumps when it stays behind, and ever more rarely", () => {
    expect(late(new LiveKeeper(), 0, 60)).toEqual([2, 10, 26, 58]);
  });

  it("lets a moment pass", () => {
    const keeper = new LiveKeeper();
    expect(late(keeper, 0, 2)).toEqual([]);
    expect(keeper.reading(1, 2000)).toBe(false);
    expect(late(keeper, 3000, 2)).toEqual([]);
  });

  it("leaves who went back where they are", () => {
    const keeper = new LiveKeeper();
    keeper.followed(false);
    expect(late(keeper, 0, 30)).toEqual([]);
    keeper.followed(true);
    expect(late(keeper, 30_000, 4)).toEqual([2]);
  });
});
