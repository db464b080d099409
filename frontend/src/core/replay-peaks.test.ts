import { describe, expect, it } from "vitest";
import { CURVE_POINTS, curveOf, outlineOf, pathOf, peaksOf, tipMarks, WAVE_POINTS } from "./replay-peaks";

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

  it("begins with the recording, wherever the broadcast was", () => {
    expect(curveOf(density({ 70: 10 }), { fromMs: 50_000, toMs: 150_000 }).indexOf(1)).toBe(70);
    expect(curveOf(density({ 25: 10 }), { fromMs: 50_000, toMs: 100_000 }).indexOf(1)).toBe(50);
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
  expect(tipMarks(density({}, { 49: 1 }), { fromMs: 50_000, toMs: 100_000 })).toEqual([{ at: 0.99, tips: 1 }]);
});

describe("lively moments", () => {
  it("are the highest, in the order of time, a little before they were talked about", () => {
    const peaks = peaksOf(density({ 10: 4, 30: 9, 31: 12, 60: 5, 80: 2, 90: 8, 50: 6 }, { 50: 1 }), WHOLE);
    // The one at 60 s is too close to another.
    expect(peaks.map(({ clockMs }) => clockMs)).toEqual([6_000, 27_000, 46_000, 86_000]);
    expect(peaks[2]).toEqual({ clockMs: 46_000, lines: 6, tips: 1 });
  });

  it("are none where all is alike, or too little", () => {
    expect(peaksOf(density(Object.fromEntries(Array.from({ length: 100 }, (_, bin) => [bin, 7]))), WHOLE)).toEqual([]);
    expect(peaksOf(density({ 5: 1 }), WHOLE)).toEqual([]);
  });

  it("are told on the broadcast's clock, and not before the recording begins", () => {
    expect(peaksOf(density({ 2: 9, 40: 9 }), { fromMs: 50_000, toMs: 150_000 })).toEqual([
      { clockMs: 50_000, lines: 9, tips: 0 },
      { clockMs: 86_000, lines: 9, tips: 0 },
    ]);
  });
});

describe("the shape of the sound", () => {
  it("is as high as its loudest moments, above and below", () => {
    const peaks = new Uint8Array(2_000);
    peaks[4] = 255;
    peaks[1_999] = 51;
    const outline = outlineOf(peaks);
    expect(outline.startsWith("M0 0L0.5 -1L1.5 -0.008")).toBe(true);
    expect(outline).toContain(`L${WAVE_POINTS - 0.5} -0.2L${WAVE_POINTS} 0L${WAVE_POINTS - 0.5} 0.2`);
    expect(outline.endsWith("L0.5 1Z")).toBe(true);
  });

  it("is none for silence, or when it could not be had", () => {
    expect(outlineOf(new Uint8Array(2_000))).toBe("");
    expect(outlineOf(new Uint8Array())).toBe("");
  });
});
