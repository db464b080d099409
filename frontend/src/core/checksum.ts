/** Addresses of EVM chains with the capitals that check them (EIP-55). */
import { keccak256 } from "./keccak";

/** `address` is "0x" and 40 hexadecimal digits in any capitals. */
export function checksumAddress(address: string): string {
  const digits = address.slice(2).toLowerCase();
  const hash = keccak256(new TextEncoder().encode(digits));
  const letters = Array.from(digits, (digit, index) => {
    const nibble = ((hash[index >> 1] ?? 0) >> (index % 2 === 0 ? 4 : 0)) & 0xf;
    return nibble >= 8 ? digit.toUpperCase() : digit;
  });
  return `0x${letters.join("")}`;
}
