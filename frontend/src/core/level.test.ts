import { describe, expect, it } from "vitest";
import { amplitudeOf, FLOOR_DB, LevelMeter, LevelTeller, levelWords, meterPart, toDb } from "./level";

const at = (peakDb: number, clipping = false) => levelWords([{ db: peakDb, peakDb, clipping }]);
const constant = (value: number) => new Float32Array(128).fill(value);

it("tells the loudest channel as a share of full scale", () => {
  const level = (db: number) => ({ db, peakDb: db, clipping: false });
  expect(amplitudeOf([level(-20), level(-6.02)])).toBeCloseTo(0.5, 2);
  expect(amplitudeOf([level(FLOOR_DB)])).toBe(0);
  expect(amplitudeOf([])).toBe(0);
});

describe("LevelMeter", () => {
  it("rises at once and falls slowly", () => {
    const meter = new LevelMeter();
    expect(meter.feed(constant(0.5), 0).db).toBeCloseTo(-6.02, 1);
    expect(meter.feed(constant(0), 500).db).toBeCloseTo(-18.02, 1);
    expect(meter.feed(constant(0), 60_000).db).toBe(FLOOR_DB);
  });

  it("holds the peak for a moment, then lets it go", () => {
    const meter = new LevelMeter();
    meter.feed(constant(0.5), 0);
    expect(meter.feed(constant(0.01), 1000).peakDb).toBeCloseTo(-6.02, 1);
    expect(meter.feed(constant(0.01), 1300).peakDb).toBeCloseTo(-40, 1);
  });

  it("warns of clipping for a while, and not of a single full sample", () => {
    const meter = new LevelMeter();
    const single = constant(0.1);
    single[5] = 1;
    expect(meter.feed(single, 0).clipping).toBe(false);
    expect(meter.feed(constant(-1), 100).clipping).toBe(true);
    expect(meter.feed(constant(0.1), 2000).clipping).toBe(true);
    expect(meter.feed(constant(0.1), 2700).clipping).toBe(false);
  });
});

describe("LevelTeller", () => {
  const level = (peakDb: number, clipping = false) => [{ db: peakDb, peakDb, clipping }];

  it("calls a microphone silent only after a while", () => {
    const teller = new LevelTeller();
    expect(teller.tell(level(-60), 0)).toBe("");
    expect(teller.tell(level(-12), 500)).toMatch(/Good/);
    expect(teller.tell(level(-60), 2000)).toMatch(/Good/);
    expect(teller.tell(level(-60), 3000)).toMatch(/Silent/);
    expect(teller.tell(level(-12), 3500)).toMatch(/Good/);
  });

  it("keeps its words long enough to be read, but warns at once", () => {
    const teller = new LevelTeller();
    teller.tell(level(-12), 0);
    expect(teller.tell(level(-45), 100)).toMatch(/Good/);
    expect(teller.tell(level(-45), 400)).toMatch(/soft/);
    expect(teller.tell(level(-1, true), 450)).toMatch(/Too loud/);
  });
});

it("maps decibels onto the bar", () => {
  expect([0, -30, -60, -90].map(meterPart)).toEqual([1, 0.5, 0, 0]);
  expect(toDb(0)).toBe(FLOOR_DB);
});

it("says what to make of it", () => {
  expect(at(-60)).toMatch(/Silent/);
  expect(at(-45)).toMatch(/soft/);
  expect(at(-12)).toMatch(/Good/);
  expect(at(-1)).toMatch(/Loud/);
  expect(at(-1, true)).toMatch(/Too loud/);
});
