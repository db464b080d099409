import { describe, expect, it } from "vitest";
import { rewindOf, seekTarget } from "./rewind";

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
