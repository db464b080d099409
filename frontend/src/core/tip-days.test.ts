import { describe, expect, it } from "vitest";
import type { TipDay } from "../protocol/tip-history";
import { dayBars, lastDays, sumOfDays } from "./tip-days";

const NOON = Date.UTC(2026, 2, 1, 12);

function day(date: string, minor: number | null, amount = "1"): TipDay {
  return {
    date,
    tips: 2,
    worth: minor === null ? null : { minor, currency: "USD" },
    amounts: [{ token: "0x0", symbol: "CORE", decimals: 18, amount }],
  };
}

describe("tips by day", () => {
  it("have a bar for every day, over the end of a month", () => {
    const days = lastDays(3, NOON);
    expect(days).toEqual({ since: "2026-02-27", until: "2026-03-01" });
    const bars = dayBars([day("2026-03-01", 50), day("2026-02-27", 200)], days);
    expect(bars.map(({ date, percent }) => [date, percent])).toEqual([
      ["2026-02-27", 100],
      ["2026-02-28", 0],
      ["2026-03-01", 25],
    ]);
  });

  it("are as high as their number when nothing is known of their worth", () => {
    expect(dayBars([day("2026-03-01", null)], lastDays(1, NOON)).map(({ percent }) => percent)).toEqual([100]);
  });

  it("reach as far as the tips when the ends are open, within bounds", () => {
    const open = { since: "", until: "" };
    expect(dayBars([day("2026-03-01", 1), day("2026-02-27", 1)], open)).toHaveLength(3);
    expect(dayBars([], open)).toEqual([]);
    expect(dayBars([day("2020-01-01", 1), day("2026-03-01", 1)], open).length).toBeLessThan(100);
  });

  it("add up to the last unit", () => {
    const sum = sumOfDays([day("2026-03-01", 50, "900000000000000000001"), day("2026-02-27", 200, "2"), day("2026-02-26", null)]);
    expect(sum).toMatchObject({ tips: 6, worth: { minor: 250, currency: "USD" } });
    expect(sum.amounts.map(({ amount }) => amount)).toEqual(["900000000000000000004"]);
  });
});
