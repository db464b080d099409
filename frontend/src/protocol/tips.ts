/** Tips on the wire: what a channel's room holds of them, their events, and the endpoints. Field names are the wire's own. */
import type { Client } from "./client";
import type { EventData } from "./events";

/** Stands for the chain's own coin where a token's address is expected. */
export const NATIVE = `0x${"0".repeat(40)}`;

/** In minor units of the currency. */
export interface Worth {
  readonly minor: number;
  readonly currency: string;
}

export interface Tipper {
  /** Null when the wallet is nobody's that is known here. */
  readonly user: string | null;
  readonly name: string;
  readonly wallet: string;
  readonly badges: readonly string[];
}

export type MessageState = "shown" | "held" | "hidden";

interface TipBody {
  readonly from: Tipper;
  /** Base units, in decimal digits. */
  readonly amount: string;
  readonly token: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly worth: Worth | null;
  /** Empty when there is none, or while it is withheld. */
  readonly message: string;
  readonly message_state: MessageState;
  readonly at_ms: number;
  readonly broadcast: string | null;
  readonly clock_ms: number | null;
  readonly transaction: string;
}

export interface Tip extends TipBody {
  readonly id: string;
  readonly state: "seen" | "confirmed";
  readonly block: number;
}

/** Told by its sender's page; no block holds it yet, and perhaps none ever will. */
export interface PendingTip extends TipBody {
  readonly state: "pending";
}

export interface Goal {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  readonly raised: string;
  /** Null: counted in minor units of `currency`. */
  readonly token: string | null;
  readonly symbol: string;
  readonly decimals: number;
  readonly currency: string;
  readonly reached: boolean;
}

export interface TopTipper {
  readonly user: string | null;
  readonly name: string;
  readonly wallet: string;
  readonly worth: Worth | null;
  readonly amount: string;
  readonly tips: number;
}

export interface TipsSnapshot {
  /** Newest last. */
  readonly recent: readonly Tip[];
  readonly pending: readonly PendingTip[];
  readonly goal: Goal | null;
  readonly top: readonly TopTipper[];
}

export type DropReason = "failed" | "dropped" | "replaced" | "expired";

export type TipEvent =
  | { readonly type: "tip_pending"; readonly tip: PendingTip }
  /** Takes the place of what was pending, and of any tip with this id. */
  | { readonly type: "tip_seen"; readonly tip: Tip }
  | { readonly type: "tip_confirmed"; readonly id: string }
  /** The chain has dropped it. */
  | { readonly type: "tip_withdrawn"; readonly id: string }
  | { readonly type: "tip_dropped"; readonly transaction: string; readonly reason: DropReason }
  | { readonly type: "tip_message"; readonly id: string; readonly message: string; readonly message_state: MessageState }
  | { readonly type: "tip_goal"; readonly goal: Goal | null }
  | { readonly type: "tip_top"; readonly top: readonly TopTipper[] }
  /** Somebody's account was deleted: their tips come from a wallet and nobody. */
  | { readonly type: "tip_forgotten"; readonly user: string };

const TIP_EVENTS: ReadonlySet<string> = new Set([
  "tip_pending",
  "tip_seen",
  "tip_confirmed",
  "tip_withdrawn",
  "tip_dropped",
  "tip_message",
  "tip_goal",
  "tip_top",
  "tip_forgotten",
]);

export function isTipEvent(data: EventData): data is TipEvent {
  return TIP_EVENTS.has(data.type);
}

export interface Coin {
  readonly token: string;
  readonly symbol: string;
  readonly name: string;
  readonly decimals: number;
  /** It takes a signed permission (EIP-2612). */
  readonly permit: boolean;
  /** Amounts to offer, in base units. */
  readonly quick: readonly string[];
}

export interface Chain {
  readonly id: number;
  readonly name: string;
  readonly currency: { readonly symbol: string; readonly decimals: number };
  /** For wallets that do not know the chain yet. */
  readonly rpc_urls: readonly string[];
  readonly explorer: string | null;
}

export interface Tipping {
  readonly enabled: true;
  readonly demo: boolean;
  readonly chain: Chain;
  readonly contract: string;
  readonly confirmations: number;
  readonly coins: readonly Coin[];
  readonly currency: string | null;
  /** Units of the currency for one whole coin, in decimal digits, by the coin's address. */
  readonly prices: Readonly<Record<string, string>>;
}

/** What the contract has to be told to tip a channel. */
export interface ChannelTipping {
  readonly channel: number;
  /** Null: the artist takes no tips yet. */
  readonly artist: string | null;
  /** 0: none. */
  readonly broadcast: number;
  readonly minimum: string;
}

export type Period = "broadcast" | "month" | "all";

/** Every method raises ProblemError or NetworkError. */
export class TipsApi {
  #tipping: Promise<Tipping | null> | null = null;

  constructor(private readonly client: Client) {}

  /** Asked once for the page; null when this server has no tips. */
  tipping(): Promise<Tipping | null> {
    this.#tipping ??= this.client.get<Tipping | { readonly enabled: false }>("/api/v1/tipping").then(
      (answer) => (answer.enabled ? answer : null),
      (error: unknown) => {
        this.#tipping = null;
        throw error;
      },
    );
    return this.#tipping;
  }

  ofChannel(channel: string): Promise<ChannelTipping> {
    return this.client.get(`${url(channel)}/tipping`);
  }

  /** The sender's page knows the transaction's hash; the server looks for itself. */
  async announce(channel: string, transaction: string): Promise<PendingTip | null> {
    return (await this.client.call<{ tip: PendingTip | null }>("POST", `${url(channel)}/tips/pending`, { transaction })).tip;
  }

  /** Tips before the one with this id, newest first. */
  older(channel: string, before: string | null, limit: number): Promise<{ tips: readonly Tip[]; next: string | null }> {
    const query = new URLSearchParams({ limit: String(limit), ...(before !== null && { before }) });
    return this.client.get(`${url(channel)}/tips?${query}`);
  }

  async leaderboard(channel: string, period: Period): Promise<readonly TopTipper[]> {
    return (await this.client.get<{ top: readonly TopTipper[] }>(`${url(channel)}/tips/leaderboard?period=${period}`)).top;
  }

  /** The message that moderators alone may read. */
  async withheld(channel: string, id: string): Promise<string> {
    const query = new URLSearchParams({ before: String(BigInt(id) + 1n), limit: "1" });
    const { tips } = await this.client.get<{ tips: readonly Tip[] }>(`${url(channel)}/tips/held?${query}`);
    return tips.find((tip) => tip.id === id)?.message ?? "";
  }

  setMessage(channel: string, id: string, state: "shown" | "hidden"): Promise<unknown> {
    return this.client.call("PUT", `${url(channel)}/tips/${encodeURIComponent(id)}/message`, { state });
  }

  /** Only with `--demo`: an account of the server's own chain, worth nothing. */
  demoWallet(): Promise<{ readonly address: string; readonly private_key: string }> {
    return this.client.get("/api/v1/tipping/demo-wallet");
  }

  /** One JSON-RPC call to the demo's chain. */
  demoRpc(call: object): Promise<{ readonly result?: unknown; readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown } }> {
    return this.client.call("POST", "/api/v1/tipping/demo-rpc", call);
  }
}

function url(channel: string): string {
  return `/api/v1/channels/${encodeURIComponent(channel)}`;
}
