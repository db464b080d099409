import { describe, expect, it } from "vitest";
import { PAYEES_MAX, readSplit, type ShareTyped } from "./tip-split";

const account = (number: number) => `0x${number.toString(16).padStart(40, "a")}`;
const row = (number: number, percent: string): ShareTyped => ({ account: account(number), percent });

describe("a split", () => {
  it("is read to the basis point, and makes a whole", () => {
    expect(readSplit([row(1, "33.34"), row(2, "33.3"), row(3, " 33.36 ")])).toEqual({
      shares: [3334, 3330, 3336].map((basisPoints, index) => ({ account: account(index + 1), basisPoints })),
    });
    expect(readSplit([])).toEqual({ shares: [] });
  });

  it("says how much is missing or too much", () => {
    expect(readSplit([row(1, "99.5")])).toEqual({ row: null, problem: "0.5 % are left to be given." });
    expect(readSplit([row(1, "60"), row(2, "40.01")])).toEqual({ row: null, problem: "That is 0.01 % too much." });
  });

  it("says which row is wrong", () => {
    for (const percent of ["0", "", "101", "1.005", "-5", "1e1", "ten"]) expect(readSplit([row(1, "50"), row(2, percent)])).toMatchObject({ row: 1 });
    for (const wrong of ["0x12", "", account(0).replace("0x", ""), `0x${"0".repeat(40)}`]) {
      expect(readSplit([{ account: wrong, percent: "100" }])).toMatchObject({ row: 0 });
    }
    expect(readSplit([row(10, "50"), { account: account(10).toUpperCase().replace("0X", "0x"), percent: "50" }])).toMatchObject({ row: 1 });
  });

  it("has no more payees than the contract takes", () => {
    const rows = Array.from({ length: PAYEES_MAX + 1 }, (_, index) => row(index + 1, "1"));
    expect(readSplit(rows)).toMatchObject({ row: null, problem: expect.stringContaining("at most") });
  });
});
