/** Tips of the past on the wire: what an artist got, what a fan gave, and the artist's goal. Field names are the wire's own. */
import type { Client } from "./client";
import type { Goal, Tip, Worth } from "./tips";
import type { ListPage } from "./types";

/** Orphaned: the chain has dropped it, so it was not paid. */
export type PastState = "seen" | "confirmed" | "orphaned";

export interface ReceivedTip extends Omit<Tip, "state"> {
  readonly state: PastState;
  /** The platform's part, in base units. */
  readonly fee: string;
}

export interface GivenTip extends Omit<Tip, "state"> {
  readonly state: PastState;
  /** Its name now; null when it is no more. */
  readonly channel: string | null;
}

export interface CoinSum {
  readonly token: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly amount: string;
}

export interface TipDay {
  /** "2026-11-21", in UTC. */
  readonly date: string;
  readonly tips: number;
  /** Of those that had a price. */
  readonly worth: Worth | null;
  readonly amounts: readonly CoinSum[];
}

/** Days in UTC, both of them included; empty: open. */
export interface Days {
  readonly since: string;
  readonly until: string;
}

export interface GoalWish {
  readonly title: string;
  readonly target: string;
  /** Null: what tips are worth. */
  readonly token: string | null;
}

const PAGE = "50";

/** Every method raises ProblemError, NetworkError, or GivenUp. */
export class TipHistoryApi {
  constructor(private readonly client: Client) {}

  async received(channel: string, days: Days, before: string | null): Promise<ListPage<ReceivedTip>> {
    return page(await this.client.get(`${url(channel)}/history?${asked({ ...days, before: before ?? "", limit: PAGE })}`));
  }

  async receivedFile(channel: string, days: Days): Promise<Blob> {
    return (await this.client.send(`${url(channel)}/history.csv?${asked({ ...days })}`)).blob();
  }

  /** Only days on which something came, the newest first. */
  async days(channel: string, days: Days): Promise<readonly TipDay[]> {
    return (await this.client.get<{ days: readonly TipDay[] }>(`${url(channel)}/days?${asked({ ...days })}`)).days;
  }

  async given(before: string | null): Promise<ListPage<GivenTip>> {
    return page(await this.client.get(`/api/v1/me/tips?${asked({ before: before ?? "", limit: PAGE })}`));
  }

  async givenFile(): Promise<Blob> {
    return (await this.client.send("/api/v1/me/tips.csv")).blob();
  }

  /** Instead of the one there was; what has come counts on while it is counted in the same. */
  setGoal(channel: string, wish: GoalWish): Promise<Goal> {
    return this.client.call("PUT", `${url(channel)}/goal`, wish);
  }

  endGoal(channel: string): Promise<null> {
    return this.client.call("DELETE", `${url(channel)}/goal`);
  }
}

function page<T>({ tips, next }: { readonly tips: readonly T[]; readonly next: string | null }): ListPage<T> {
  return { items: tips, next_cursor: next };
}

function asked(query: Readonly<Record<string, string>>): string {
  return String(new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")));
}

function url(channel: string): string {
  return `/api/v1/channels/${encodeURIComponent(channel)}/tips`;
}
