import { readFileSync } from "node:fs";
import { decodeFunctionData, encodeFunctionResult, getAddress, toFunctionSelector } from "viem";
import { describe, expect, it } from "vitest";
import { fetchCall, owedAnswer, owedCall, PAYOUT, payoutRevert, setSplitCall, splitAnswer } from "./payout-calls";

const JAR = getAddress("0x5fbdb2315678afecb367f032d93f642f64180aa3");
const NINA = getAddress("0x70997970c51812dc3a010c7d01b50e0d17dc79c8");

describe("calls about payouts", () => {
  it("are those of the contract", () => {
    const path = new URL("../../../tipping/contracts/TipJar.json", import.meta.url);
    const { abi } = JSON.parse(readFileSync(path, "utf8")) as { abi: { type: string; name?: string }[] };
    for (const each of PAYOUT) {
      const own = abi.find(({ type, name }) => type === each.type && name === each.name);
      expect(own, each.name).toBeDefined();
      if (each.type === "function") expect(toFunctionSelector(own as never)).toBe(toFunctionSelector(each));
    }
  });

  it("ask what somebody is owed, to the last unit", () => {
    const { args } = decodeFunctionData({ abi: PAYOUT, data: owedCall(JAR, NINA.toLowerCase(), JAR).data });
    expect(args).toEqual([NINA, JAR]);
    const answer = encodeFunctionResult({ abi: PAYOUT, functionName: "owed", result: 10n ** 30n + 1n });
    expect(owedAnswer(answer)).toBe(10n ** 30n + 1n);
    expect(() => owedAnswer("0x")).toThrow();
  });

  it("fetch to the wallet itself", () => {
    expect(decodeFunctionData({ abi: PAYOUT, data: fetchCall(JAR, NINA, JAR).data }).args).toEqual([JAR, NINA]);
  });

  it("divide by basis points, however an address is written", () => {
    const shares = [{ account: NINA.toUpperCase().replace("0X", "0x"), basisPoints: 10_000 }];
    const { args } = decodeFunctionData({ abi: PAYOUT, data: setSplitCall(JAR, shares).data });
    expect(args).toEqual([[{ account: NINA, basisPoints: 10_000 }]]);
    const answer = encodeFunctionResult({ abi: PAYOUT, functionName: "splitOf", result: [{ account: NINA, basisPoints: 25 }] });
    expect(splitAnswer(answer)).toEqual([{ account: NINA, basisPoints: 25 }]);
  });

  it("say why they were refused", () => {
    const { data } = { data: toFunctionSelector("NothingOwed()") };
    expect(payoutRevert(data)).toContain("nothing to fetch");
    for (const other of [null, "0x", "0x12345678", 5]) expect(payoutRevert(other)).toBeNull();
  });
});
