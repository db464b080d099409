/** How an artist's tips are divided between payees: shares in basis points that make a whole. No I/O. */

export interface ShareTyped {
  readonly account: string;
  /** In percent, at most two decimals. */
  readonly percent: string;
}

export interface Share {
  readonly account: string;
  readonly basisPoints: number;
}

export type SplitRead = { readonly shares: readonly Share[] } | { readonly problem: string; readonly row: number | null };

export const WHOLE = 10_000;
/** As the contract has it. */
export const PAYEES_MAX = 16;

/** No rows: everything to the artist. */
export function readSplit(rows: readonly ShareTyped[]): SplitRead {
  const shares: Share[] = [];
  const accounts = new Set<string>();
  for (const [row, { account, percent }] of rows.entries()) {
    const address = account.trim();
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) return { row, problem: "That is no address of a wallet: 0x and 40 digits." };
    if (/^0x0+$/.test(address)) return { row, problem: "Nobody has this address." };
    if (accounts.has(address.toLowerCase())) return { row, problem: "This wallet is there twice." };
    const basisPoints = pointsOf(percent);
    if (basisPoints === null) return { row, problem: "A share is more than 0, at most 100, with two decimals at most." };
    accounts.add(address.toLowerCase());
    shares.push({ account: address, basisPoints });
  }
  if (shares.length > PAYEES_MAX) return { row: null, problem: `A tip can be divided between ${PAYEES_MAX} wallets at most.` };
  const left = WHOLE - shares.reduce((sum, { basisPoints }) => sum + basisPoints, 0);
  if (shares.length === 0 || left === 0) return { shares };
  return { row: null, problem: left > 0 ? `${percentWords(left)} are left to be given.` : `That is ${percentWords(-left)} too much.` };
}

/** "33.34 %" */
export function percentWords(basisPoints: number): string {
  return `${percentTyped(basisPoints)} %`;
}

export function percentTyped(basisPoints: number): string {
  return String(basisPoints / 100);
}

function pointsOf(percent: string): number | null {
  const parts = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(percent.trim());
  if (parts === null) return null;
  const points = Number(parts[1]) * 100 + Number((parts[2] ?? "").padEnd(2, "0"));
  return points > 0 && points <= WHOLE ? points : null;
}
