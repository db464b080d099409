/** Amounts of coins as people read and write them. Exact: base units are bigints, nothing passes through a float. */
import type { Coin, Goal, Tip, Worth } from "../protocol/tips";

export type AmountRead = { readonly amount: bigint } | { readonly problem: string };

/** The most digits before the point: more is a slip. */
const WHOLE_DIGITS = 15;

/** "1.5" of a coin with 18 decimals is 1500000000000000000. */
export function readAmount(text: string, decimals: number): AmountRead {
  const typed = text.trim();
  if (typed === "") return { problem: "Say how much." };
  if (typed.includes(",")) return { problem: "Write decimals with a point, and no commas: 1.5" };
  const parts = /^(\d*)(?:\.(\d*))?$/.exec(typed);
  const whole = (parts?.[1] ?? "").replace(/^0+/, "");
  const fraction = (parts?.[2] ?? "").replace(/0+$/, "");
  if (parts === null || typed === ".") return { problem: "That is not a number." };
  if (whole.length > WHOLE_DIGITS) return { problem: "That is more than anybody has." };
  if (fraction.length > decimals) {
    return { problem: decimals === 0 ? "This coin has no decimals." : `This coin has ${decimals} decimals at most.` };
  }
  const amount = BigInt(whole + fraction.padEnd(decimals, "0") || "0");
  return amount === 0n ? { problem: "It has to be more than nothing." } : { amount };
}

/** All digits, without trailing zeros: "1500000000000000000" is "1.5". What `readAmount` reads. */
export function exactAmount(amount: string | bigint, decimals: number): string {
  const digits = String(amount).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** Four digits that count after the point, rounded down, and thousands set apart: "1,234.5678". */
export function amountWords(amount: string | bigint, decimals: number): string {
  const [whole, fraction = ""] = exactAmount(amount, decimals).split(".") as [string, string?];
  const leading = whole === "0" ? /^0*/.exec(fraction)?.[0].length ?? 0 : 0;
  const shown = fraction.slice(0, leading + 4).replace(/0+$/, "");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return shown === "" ? grouped : `${grouped}.${shown}`;
}

export function tipAmountWords(tip: Pick<Tip, "amount" | "decimals" | "symbol">): string {
  return `${amountWords(tip.amount, tip.decimals)} ${tip.symbol}`;
}

/** "$12.50". */
export function worthWords(worth: Worth): string {
  const format = currencyFormat(worth.currency);
  return format === null ? `${worth.minor} ${worth.currency}` : format.format(worth.minor / 10 ** digitsOf(format));
}

/** What an amount is worth at a price such as "0.42", in the currency's minor units; null when it cannot be said. */
export function worthOf(amount: bigint, decimals: number, price: string | undefined, currency: string | null): Worth | null {
  const format = currency === null ? null : currencyFormat(currency);
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(price ?? "");
  if (currency === null || format === null || parts === null) return null;
  const fraction = parts[2] ?? "";
  const scaled = amount * BigInt((parts[1] as string) + fraction) * 10n ** BigInt(digitsOf(format));
  const minor = scaled / 10n ** BigInt(decimals + fraction.length);
  return { minor: Number(minor), currency };
}

/** How much of a goal is there, in whole percent: 100 only when all of it is. */
export function goalPercent(goal: Pick<Goal, "raised" | "target">): number {
  const target = BigInt(goal.target);
  if (target <= 0n) return 100;
  const percent = (BigInt(goal.raised) * 100n) / target;
  return percent > 100n ? 100 : Number(percent);
}

/** An amount of a goal: in its coin, or in its currency. */
export function goalAmountWords(goal: Goal, amount: string): string {
  if (goal.token === null) return worthWords({ minor: Number(amount), currency: goal.currency });
  return `${amountWords(amount, goal.decimals)} ${goal.symbol}`;
}

export function coinOf(coins: readonly Coin[], token: string): Coin | undefined {
  return coins.find((coin) => coin.token.toLowerCase() === token.toLowerCase());
}

/** Digits after the point of a currency's amounts; 2 when it is not known. */
export function minorDigits(currency: string): number {
  const format = currencyFormat(currency);
  return format === null ? 2 : digitsOf(format);
}

/** Null for what is no code of a currency. */
function currencyFormat(currency: string): Intl.NumberFormat | null {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency });
  } catch {
    return null;
  }
}

function digitsOf(format: Intl.NumberFormat): number {
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}
