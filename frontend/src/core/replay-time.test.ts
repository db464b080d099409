import { describe, expect, it } from "vitest";
import { parseTime, replayPath, spokenTime, startOf } from "./replay-time";

describe("times in addresses", () => {
  it.each([
    ["90", 90_000],
    ["90s", 90_000],
    ["1m30s", 90_000],
    ["1m30", 90_000],
    ["1:30", 90_000],
    ["1h", 3_600_000],
    ["1h2m3s", 3_723_000],
    ["1:02:03", 3_723_000],
    ["2m", 120_000],
    [" 1M30S ", 90_000],
    ["12.5", 12_500],
    ["0", 0],
  ])("reads %s", (text, ms) => expect(parseTime(text)).toBe(ms));

  it.each(["", "abc", "-5", "1s2m", "1:2", "1e9", "9999999999", "m", "1h:2", "NaN"])("takes %s for none", (text) => {
    expect(parseTime(text)).toBeNull();
  });

  it("come out of a query, and go into one", () => {
    expect(startOf("?x=1&t=1m30s")).toBe(90_000);
    expect(startOf("?t=soon")).toBe(0);
    expect(startOf("")).toBe(0);
    expect(replayPath("miles", "r1", 90_999)).toBe("/miles/replays/r1?t=90");
    expect(replayPath("miles", "r1", 999)).toBe("/miles/replays/r1");
  });
});

describe("moments as they are spoken", () => {
  it.each([
    [0, "0 seconds"],
    [1000, "1 second"],
    [3_662_900, "1 hour 1 minute 2 seconds"],
    [7_200_000, "2 hours"],
  ])("%i ms", (ms, words) => expect(spokenTime(ms)).toBe(words));
});
