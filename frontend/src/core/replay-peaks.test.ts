import { describe, expect, it } from "vitest";
import { CURVE_POINTS, curveOf, pathOf, peaksOf, tipMarks } from "./replay-peaks";

const WHOLE = { fromMs: 0, toMs: 100_000 };

function density(chat: Readonly<Record<number, number>>, tips: Readonly<Record<number, number>> = {}) {
  const bins = (of: Readonly<Record<number, number>>) => Array.from({ length: 100 }, (_, bin) => of[bin] ?? 0);
  return { bin_ms: 1_000, chat: bins(chat), tips: bins(tips) };
}

describe("the curve over the seek bar", () => {
  it("is highest where most was said", () => {
    const curve = curveOf(density({ 20: 5, 70: 10 }), WHOLE);
    expect(curve).toHaveLength(CURVE_POINTS);
    expect([curve[70], curve[20], curve[50]]).toEqual([1, 0.5, 0]);
  });

  it("shows only the stretch that was kept", () => {
    const curve = curveOf(density({ 10: 50, 75: 1 }), { fromMs: 50_000, toMs: 100_000 });
    expect(curve.indexOf(1)).toBe(50);
    expect(curve.filter((each) => each > 0).length).toBeLessThan(6);
  });

  it("is none when nobody said anything", () => {
    expect(curveOf(density({}), WHOLE)).toEqual([]);
    expect(curveOf(density({ 3: 3 }), { fromMs: 5, toMs: 5 })).toEqual([]);
    expect(pathOf([])).toBe("");
  });

  it("is drawn as a closed outline", () => {
    expect(pathOf([0, 1])).toBe("M0 1L0 1L0.5 1L1.5 0L2 0L2 1Z");
  });
});

it("tips are marked where they came", () => {
  expect(tipMarks(density({}, { 0: 1, 49: 2, 99: 1 }), WHOLE)).toEqual([
    { at: 0.005, tips: 1 },
    { at: 0.495, tips: 2 },
    { at: 0.995, tips: 1 },
  ]);
  expect(tipMarks(density({}, { 10: 1 }), { fromMs: 50_000, toMs: 100_000 })).toEqual([]);
});

describe("lively moments", () => {
  it("are the highest, in the order of time, a little before they were talked about", () => {
    const peaks = peaksOf(density({ 10: 4, 30: 9, 31: 12, 60: 5, 80: 2, 90: 8, 50: 6 }, { 50: 1 }), WHOLE);
    expect(peaks.map(({ clockMs }) => clockMs)).toEqual([27_000, 46_000, 56_000, 86_000]);
    expect(peaks[1]).toEqual({ clockMs: 46_000, lines: 6, tips: 1 });
  });

  it("are none where all is alike, or too little", () => {
    expect(peaksOf(density(Object.fromEntries(Array.from({ length: 100 }, (_, bin) => [bin, 7]))), WHOLE)).toEqual([]);
    expect(peaksOf(density({ 5: 1 }), WHOLE)).toEqual([]);
  });

  it("lie within what was kept", () => {
    expect(peaksOf(density({ 10: 50, 51: 9 }), { fromMs: 50_000, toMs: 100_000 })).toEqual([{ clockMs: 50_000, lines: 9, tips: 0 }]);
  });
});
