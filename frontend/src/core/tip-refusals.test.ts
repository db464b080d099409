import { describe, expect, it } from "vitest";
import { isRejection, isUnknownChain, tipRefusal } from "./tip-refusals";

const nothing = () => null;

describe("what a wallet raises", () => {
  it.each([
    [{ code: 4001, message: "User rejected the request." }, "You declined"],
    [{ code: "ACTION_REJECTED", message: "" }, "You declined"],
    [{ code: -32603, message: "Internal error", data: { code: 4001, message: "" } }, "You declined"],
    [{ code: -32000, message: "insufficient funds for gas * price + value" }, "does not hold enough"],
    [{ code: -32603, message: "Internal JSON-RPC error.", data: { originalError: { message: "nonce too low" } } }, "in the way"],
    [{ code: 3, message: "execution reverted" }, "would refuse"],
    [{ code: 4900, message: "disconnected" }, "not connected"],
    [new Error("something odd"), "Something odd."],
  ])("%j is put into words", (error, words) => {
    expect(tipRefusal(error, nothing)).toContain(words);
  });

  it("is explained by the contract's reason, wherever the wallet has put it", () => {
    const revert = (data: unknown) => (data === "0xaa" ? "Paused." : null);
    expect(tipRefusal({ code: 3, data: "0xaa" }, revert)).toBe("Paused.");
    expect(tipRefusal({ code: -32603, data: { originalError: { data: "0xaa" } } }, revert)).toBe("Paused.");
    expect(tipRefusal({ info: { error: { data: "0xaa" } } }, revert)).toBe("Paused.");
  });

  it("is told apart: the person's no, and a chain the wallet does not know", () => {
    expect([isRejection({ code: 4001 }), isRejection({ code: 4902 }), isRejection(null)]).toEqual([true, false, false]);
    expect([isUnknownChain({ code: 4902 }), isUnknownChain({ code: -32603, data: { originalError: { code: 4902 } } }), isUnknownChain({ code: 4001 })]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("does not lead in circles", () => {
    const error: Record<string, unknown> = { message: "round" };
    error["cause"] = error;
    expect(tipRefusal(error, nothing)).toBeTypeOf("string");
  });
});
