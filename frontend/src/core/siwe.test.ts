import { expect, it } from "vitest";
import { chainName, hexOf, shortAddress, siweMessage, walletRefusal, WrongChain } from "./siwe";

const NONCE = { nonce: "32891756abcd", domain: "stage.example", uri: "https://stage.example", chain_id: 1116 };
const ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7";

it("writes the message as EIP-4361 has it", () => {
  expect(siweMessage(NONCE, ADDRESS, "sign-in", "2026-07-01T20:30:00.000Z")).toBe(
    `stage.example wants you to sign in with your Ethereum account:
${ADDRESS}

Sign in to Harmonie. This costs nothing and moves nothing.

URI: https://stage.example
Version: 1
Chain ID: 1116
Nonce: 32891756abcd
Issued At: 2026-07-01T20:30:00.000Z`,
  );
});

it("writes text as hexadecimal of its UTF-8", () => {
  expect(hexOf("aé\n")).toBe("0x61c3a90a");
});

it("has words for what wallets refuse, and for nothing else", () => {
  expect(walletRefusal({ code: 4001 })).toContain("declined");
  expect(walletRefusal({ code: -32603 })).toContain("reported an error");
  expect(walletRefusal(new WrongChain(1116, 1))).toContain("Core");
  expect(walletRefusal(new Error("other"))).toBeNull();
  expect(walletRefusal({ code: "ENOENT" })).toBeNull();
});

it("names chains and shortens addresses", () => {
  expect(chainName(77)).toBe("the chain 77");
  expect(shortAddress(ADDRESS)).toBe("0x5290…9EE7");
});
