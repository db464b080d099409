import { describe, expect, it } from "vitest";
import type { Goal } from "../protocol/tips";
import { amountWords, exactAmount, goalAmountWords, goalPercent, readAmount, worthOf, worthWords } from "./tip-amounts";

describe("an amount that was typed", () => {
  it("is read to the last unit", () => {
    expect(readAmount("1.5", 18)).toEqual({ amount: 1_500_000_000_000_000_000n });
    expect(readAmount(" .000000000000000001 ", 18)).toEqual({ amount: 1n });
    expect(readAmount("9007199254740993.000001", 6)).toEqual({ problem: "That is more than anybody has." });
    expect(readAmount("900719925474099.000001", 6)).toEqual({ amount: 900719925474099000001n });
    expect(readAmount("007.10", 2)).toEqual({ amount: 710n });
    expect(readAmount("5.", 0)).toEqual({ amount: 5n });
  });

  it.each([
    ["", "Say how much."],
    ["1,5", "Write decimals with a point, and no commas: 1.5"],
    ["0.0", "It has to be more than nothing."],
    ["-1", "That is not a number."],
    ["1e3", "That is not a number."],
    [".", "That is not a number."],
    ["1.2.3", "That is not a number."],
    ["0.1234567", "This coin has 6 decimals at most."],
  ])("%j is refused in words", (text, problem) => {
    expect(readAmount(text, 6)).toEqual({ problem });
  });

  it("comes back as it was typed", () => {
    for (const text of ["1", "0.5", "1234567.000001", "0.000001"]) {
      const read = readAmount(text, 6);
      expect("amount" in read && exactAmount(read.amount, 6)).toBe(text);
    }
  });
});

describe("an amount that is shown", () => {
  it("has four digits that count after the point, rounded down", () => {
    expect(amountWords("1999999999999999999", 18)).toBe("1.9999");
    expect(amountWords("123456700000000000", 18)).toBe("0.1234");
    expect(amountWords("1234", 18)).toBe("0.000000000000001234");
    expect(amountWords(1234567n * 10n ** 6n, 6)).toBe("1,234,567");
    expect(amountWords("0", 18)).toBe("0");
    expect(amountWords("42", 0)).toBe("42");
  });

  it("is worth what the price says, in whole minor units", () => {
    expect(worthOf(1_500_000_000_000_000_000n, 18, "0.42", "USD")).toEqual({ minor: 63, currency: "USD" });
    expect(worthOf(10n ** 18n, 18, "151", "JPY")).toEqual({ minor: 151, currency: "JPY" });
    expect(worthOf(1n, 18, undefined, "USD")).toBeNull();
    expect(worthOf(1n, 18, "abc", "USD")).toBeNull();
    expect(worthOf(1n, 18, "1", null)).toBeNull();
    expect(worthOf(1n, 18, "1", "no currency")).toBeNull();
    expect(worthWords({ minor: 1250, currency: "USD" })).toBe("$12.50");
    expect(worthWords({ minor: 1250, currency: "JPY" })).toBe("¥1,250");
    expect(worthWords({ minor: 3, currency: "?" })).toBe("3 ?");
  });
});

describe("a goal", () => {
  const goal: Goal = { id: "1", title: "Amp", target: "1000", raised: "999", token: null, symbol: "", decimals: 0, currency: "USD", reached: false };

  it("is full only when all of it is there", () => {
    expect(goalPercent(goal)).toBe(99);
    expect(goalPercent({ raised: "1000", target: "1000" })).toBe(100);
    expect(goalPercent({ raised: "5000", target: "1000" })).toBe(100);
    expect(goalPercent({ raised: "0", target: "0" })).toBe(100);
  });

  it("counts in its currency or in its coin", () => {
    expect(goalAmountWords(goal, goal.raised)).toBe("$9.99");
    expect(goalAmountWords({ ...goal, token: "0x0", symbol: "CORE", decimals: 2 }, goal.raised)).toBe("9.99 CORE");
  });
});
