import { describe, expect, it } from "vitest";
import { bounds, clockAt, gapsOf, pictureAt, placeAt } from "./replay-parts";

const PARTS = [
  { start_ms: 500, duration_ms: 10_000 },
  { start_ms: 10_500, duration_ms: 5_000 },
  // Nothing was kept for 20 s.
  { start_ms: 35_500, duration_ms: 4_000 },
];

describe("parts on one clock", () => {
  it("begin with the first and end with the last", () => {
    expect(bounds(PARTS)).toEqual({ fromMs: 500, toMs: 39_500 });
    expect(bounds([])).toEqual({ fromMs: 0, toMs: 0 });
  });

  it.each([
    ["before the beginning", 0, { index: 0, offsetMs: 0 }],
    ["in a part", 4_500, { index: 0, offsetMs: 4_000 }],
    ["where one part follows the other", 10_500, { index: 1, offsetMs: 0 }],
    ["in a gap", 20_000, { index: 2, offsetMs: 0 }],
    ["behind the end", 99_000, { index: 2, offsetMs: 4_000 }],
  ])("give a file and a place in it: %s", (_, clockMs, place) => expect(placeAt(PARTS, clockMs)).toEqual(place));

  it("lead over a gap backwards, too", () => {
    const place = placeAt(PARTS, 33_000, "back");
    expect(place).toEqual({ index: 1, offsetMs: 4_000 });
    expect(clockAt(PARTS, place!)).toBeLessThan(20_000);
  });

  it("give the clock of a place, within the part", () => {
    expect(clockAt(PARTS, { index: 1, offsetMs: 2_000 })).toBe(12_500);
    expect(clockAt(PARTS, { index: 1, offsetMs: 9_000 })).toBe(15_500);
    expect(clockAt(PARTS, { index: 9, offsetMs: 0 })).toBe(0);
  });

  it("come back from clock to clock wherever something was kept", () => {
    for (let clockMs = 500; clockMs < 39_500; clockMs += 250) {
      const place = placeAt(PARTS, clockMs)!;
      const gap = clockMs >= 15_500 && clockMs < 35_500;
      expect(clockAt(PARTS, place)).toBe(gap ? 35_500 : clockMs);
    }
  });

  it("have gaps where nothing was kept", () => {
    expect(gapsOf(PARTS)).toEqual([{ fromMs: 15_500, toMs: 35_500 }]);
  });

  it("are none: there is no place", () => expect(placeAt([], 0)).toBeNull());
});

describe("pictures for seeking", () => {
  const strip = { url: "/strip", columns: 10, pictures: 13, interval_ms: 3_000 };

  it.each([
    [0, 0, 0],
    [3_499, 0, 0],
    [3_500, 1, 0],
    [30_500, 0, 1],
    [99_000, 2, 1],
  ])("at %i ms is the one of column %i and row %i", (clockMs, column, row) => {
    expect(pictureAt(strip, PARTS, clockMs)).toEqual({ column, row });
  });

  it("are not always there", () => expect(pictureAt(null, PARTS, 0)).toBeNull());
});
