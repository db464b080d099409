/** Tips by day, as a row of bars and as sums. Days are in UTC, as the server counts them. No I/O. */
import type { CoinSum, Days, TipDay } from "../protocol/tip-history";

export interface DayBar {
  readonly date: string;
  readonly day: TipDay | null;
  /** Of the highest bar, 0 to 100. */
  readonly percent: number;
}

const DAY_MS = 86_400_000;
/** More bars than this cannot be told apart. */
const BARS_MAX = 92;

/** The last days up to the present one. */
export function lastDays(count: number, nowMs: number): Days {
  return { since: dateOf(nowMs - (count - 1) * DAY_MS), until: dateOf(nowMs) };
}

/** One bar a day, the oldest first; open ends are those of the tips. By worth when any is known, else by number. */
export function dayBars(days: readonly TipDay[], { since, until }: Days): readonly DayBar[] {
  const dates = days.map(({ date }) => date).sort();
  const last = Date.parse(until || (dates.at(-1) ?? ""));
  const first = Math.max(Date.parse(since || (dates[0] ?? "")), last - (BARS_MAX - 1) * DAY_MS);
  if (Number.isNaN(first) || Number.isNaN(last)) return [];
  const byWorth = days.some(({ worth }) => worth !== null && worth.minor > 0);
  const height = (day: TipDay) => (byWorth ? (day.worth?.minor ?? 0) : day.tips);
  const highest = Math.max(1, ...days.map(height));
  const known = new Map(days.map((day) => [day.date, day]));
  const bars: DayBar[] = [];
  for (let atMs = first; atMs <= last; atMs += DAY_MS) {
    const date = dateOf(atMs);
    const day = known.get(date) ?? null;
    bars.push({ date, day, percent: day === null ? 0 : Math.round((height(day) * 100) / highest) });
  }
  return bars;
}

/** All days together; amounts by coin, exact. */
export function sumOfDays(days: readonly TipDay[]): Omit<TipDay, "date"> {
  const coins = new Map<string, CoinSum>();
  for (const coin of days.flatMap(({ amounts }) => amounts)) {
    const before = coins.get(coin.token);
    coins.set(coin.token, before === undefined ? coin : { ...before, amount: String(BigInt(before.amount) + BigInt(coin.amount)) });
  }
  const worths = days.flatMap(({ worth }) => (worth === null ? [] : [worth]));
  const currency = worths[0]?.currency;
  // Should the currency have been changed meanwhile, there is no sum to be told.
  const one = currency !== undefined && worths.every((worth) => worth.currency === currency);
  return {
    tips: days.reduce((sum, { tips }) => sum + tips, 0),
    worth: one ? { minor: worths.reduce((sum, { minor }) => sum + minor, 0), currency } : null,
    amounts: [...coins.values()],
  };
}

function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
