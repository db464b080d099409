import { expect, it } from "vitest";
import { checksumAddress } from "./checksum";
import { keccak256 } from "./keccak";

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

it.each([
  ["", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
  ["abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"],
])("hashes %j as the reference does", (text, digest) => {
  expect(hex(keccak256(new TextEncoder().encode(text)))).toBe(digest);
});

it("pads inputs at the edges of a block to different hashes", () => {
  const hashes = [134, 135, 136, 137, 272].map((length) => hex(keccak256(new Uint8Array(length))));
  expect(new Set(hashes).size).toBe(hashes.length);
});

// The examples of EIP-55.
it.each([
  "0x52908400098527886E0F7030069857D2E4169EE7",
  "0xde709f2102306220921060314715629080e2fb77",
  "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
  "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
  "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
  "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
])("gives %s its capitals", (address) => {
  expect(checksumAddress(`0x${address.slice(2).toLowerCase()}`)).toBe(address);
  expect(checksumAddress(`0x${address.slice(2).toUpperCase()}`)).toBe(address);
});
