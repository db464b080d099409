import { readFileSync } from "node:fs";
import { decodeFunctionData, encodeErrorResult, type Hex, recoverTypedDataAddress, toFunctionSelector } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { NATIVE } from "../protocol/tips";
import { TIP_JAR, TOKEN } from "./tip-abi";
import { approval, isDomain, messageBytes, permitData, revertWords, tipCall, type TipOrder, tokenAnswer, tokenCall } from "./tip-calls";

const ARTIST = "0x52908400098527886E0F7030069857D2E4169EE7";
const JAR = "0x8617E340B3D01FA5F11F306F4090FD50E238070D";
const TOKEN_AT = "0xde709f2102306220921060314715629080e2fb77";
const ORDER: TipOrder = { contract: JAR, coin: { token: NATIVE, permit: false }, amount: 15n, artist: ARTIST, channel: 7, broadcast: 0, message: "hé" };
const IN_TOKEN: TipOrder = { ...ORDER, coin: { token: TOKEN_AT, permit: true } };
const FAN = privateKeyToAccount(`0x${"11".repeat(32)}`);

describe("the ABI of the page", () => {
  it("is a part of the contract's own", () => {
    const path = new URL("../../../tipping/contracts/TipJar.json", import.meta.url);
    const { abi } = JSON.parse(readFileSync(path, "utf8")) as { abi: { type: string; name?: string }[] };
    for (const each of TIP_JAR) {
      const own = abi.find(({ type, name }) => type === each.type && name === each.name);
      expect(own, each.name).toBeDefined();
      if (each.type === "function") expect(toFunctionSelector(own as never)).toBe(toFunctionSelector(each));
      else expect((own as { inputs?: unknown[] }).inputs ?? []).toHaveLength(each.inputs.length);
    }
  });
});

describe("a tip", () => {
  it("in the chain's coin carries its amount as value", () => {
    const call = tipCall(ORDER);
    expect([call.to, call.value]).toEqual([JAR, "0xf"]);
    const { functionName, args } = decodeFunctionData({ abi: TIP_JAR, data: call.data });
    expect([functionName, args[0]]).toEqual(["tip", { artist: ARTIST, channel: 7n, broadcast: 0n, message: "hé" }]);
  });

  it("in a token carries its amount as an argument, and no value", () => {
    const call = tipCall(IN_TOKEN);
    const { functionName, args } = decodeFunctionData({ abi: TIP_JAR, data: call.data });
    expect([functionName, String(args[1]).toLowerCase(), args[2], call.value]).toEqual(["tipToken", TOKEN_AT, 15n, undefined]);
  });

  it("with a permit carries a signature that is the owner's", async () => {
    const facts = { name: "Gold", version: "1", chainId: 1116, token: TOKEN_AT, owner: FAN.address, spender: JAR, amount: 15n, nonce: 3n, deadline: 99n };
    const data = JSON.parse(permitData(facts)) as Parameters<typeof FAN.signTypedData>[0];
    const signature = await FAN.signTypedData(data);
    expect(await recoverTypedDataAddress({ ...data, signature } as never)).toBe(FAN.address);
    const { functionName, args } = decodeFunctionData({ abi: TIP_JAR, data: tipCall(IN_TOKEN, { signature, deadline: 99n }).data });
    expect([functionName, args[3], [27, 28].includes(Number(args[4]))]).toEqual(["tipTokenWithPermit", 99n, true]);
    expect(`${String(args[5])}${String(args[6]).slice(2)}`).toBe(signature.slice(0, 130));
  });

  it("counts its message in bytes", () => {
    expect([messageBytes("hé"), messageBytes("🎸"), messageBytes("")]).toEqual([3, 4, 0]);
  });
});

describe("a token", () => {
  it("is asked for an allowance of exactly the amount", () => {
    const { functionName, args } = decodeFunctionData({ abi: TOKEN, data: approval(IN_TOKEN).data });
    expect([functionName, args]).toEqual(["approve", [JAR, 15n]]);
  });

  it("is asked, and its answer read", () => {
    expect(tokenCall(TOKEN_AT, "balanceOf", FAN.address).data.slice(0, 10)).toBe("0x70a08231");
    expect(tokenAnswer("balanceOf", `0x${"0".repeat(63)}5`)).toBe(5n);
    expect(() => tokenAnswer("balanceOf", "0x")).toThrow();
  });

  it("whose domain is another is known as such", () => {
    const facts = { name: "Gold", version: "1", chainId: 1116, token: TOKEN_AT };
    expect(isDomain(facts, "0x00")).toBe(false);
  });
});

describe("a call that was refused", () => {
  it("is explained when the contract said why", () => {
    expect(revertWords(encodeErrorResult({ abi: TIP_JAR, errorName: "EnforcedPause" }))).toContain("paused");
    expect(revertWords(encodeErrorResult({ abi: TOKEN, errorName: "ERC20InsufficientBalance", args: [JAR, 1n, 2n] }))).toContain("not hold enough");
    const told = `0x08c379a0${"0".repeat(62)}20${"0".repeat(62)}02${"6e6f".padEnd(64, "0")}` as Hex;
    expect(revertWords(told)).toBe("The contract refused: no");
  });

  it.each([undefined, "", "0x", "0x12345678", "0xEnforced", 7, { a: 1 }])("is not made up from %j", (data) => {
    expect(revertWords(data)).toBeNull();
  });
});
