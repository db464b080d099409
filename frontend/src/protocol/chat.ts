/** Chat on the wire: what rooms hold, their events, and the endpoints below `/chat`. Field names are the wire's own. */
import type { Client } from "./client";
import type { EventData } from "./events";

export interface Author {
  readonly id: string;
  readonly name: string;
  /** "#rrggbb". */
  readonly colour: string;
  readonly badges: readonly string[];
}

/** The line that another answers; gone from it when that one was deleted. */
export interface Reply {
  readonly id: string;
  readonly name: string;
  readonly excerpt: string;
  /** The id of whoever wrote it. */
  readonly author?: string | null;
}

export interface Message {
  /** Sorts by time. */
  readonly id: string;
  /** Null when the account was deleted. */
  readonly author: Author | null;
  readonly kind: "line" | "action" | "announcement";
  readonly text: string;
  readonly at_ms: number;
  readonly broadcast: number | null;
  readonly clock_ms: number | null;
  readonly reply_to: Reply | null;
  readonly mentions: readonly { readonly id: string; readonly name: string }[];
  readonly reactions: Readonly<Record<string, number>>;
}

export interface RoomSettings {
  readonly slow_mode_s: number;
  /** Minimum age of the follow; null: everyone. */
  readonly followers_only_s: number | null;
  readonly supporters_only: boolean;
  readonly emote_only: boolean;
  readonly unique_messages: boolean;
  readonly links: "allow" | "hold" | "block";
  readonly guests: boolean;
  readonly retention_days: number;
}

export interface Poll {
  readonly id: string;
  readonly question: string;
  readonly options: readonly { readonly text: string; readonly votes: number }[];
  readonly ends_at_ms: number;
  readonly closed: boolean;
}

export interface Viewers {
  readonly count: number;
  readonly exact: boolean;
}

export interface ChatSnapshot {
  readonly settings: RoomSettings;
  /** Oldest first. */
  readonly messages: readonly Message[];
  readonly pinned: Message | null;
  readonly poll: Poll | null;
  readonly viewers: Viewers;
}

export type ChatRole = "owner" | "moderator" | "admin" | "user" | "guest" | "anonymous";

export interface Refused {
  readonly code: string;
  readonly detail: string;
  readonly until_ms: number | null;
}

/** What a room is to the person who is in it. */
export interface You {
  readonly role: ChatRole;
  /** The id their lines carry; null for those who are nobody. */
  readonly id: string | null;
  readonly name: string;
  readonly may: { readonly say: boolean; readonly moderate: boolean; readonly settings: boolean };
  readonly refusal: Refused | null;
  readonly say_again_at_ms: number | null;
  readonly ignored: readonly string[];
  readonly voted: number | null;
  /** Emoji by the id of the line, of the lines of the snapshot's window and those reacted to since. */
  readonly reacted: Readonly<Record<string, readonly string[]>>;
}

/** The answer to `guest`. */
export interface GuestPass {
  readonly id: string;
  readonly name: string;
  /** Makes one the same guest again until it expires. */
  readonly token: string;
  readonly expires_at_ms: number;
}

export type ChatEvent =
  | { readonly type: "said"; readonly message: Message }
  | { readonly type: "deleted"; readonly ids: readonly string[]; readonly by: "author" | "moderator" }
  /** Every line up to `before` of somebody, or of everyone, is gone. */
  | { readonly type: "cleared"; readonly user: string | null; readonly before: string }
  | { readonly type: "reacted"; readonly id: string; readonly reactions: Readonly<Record<string, number>> }
  | { readonly type: "settings"; readonly settings: RoomSettings }
  | { readonly type: "pinned"; readonly message: Message | null }
  | { readonly type: "poll"; readonly poll: Poll | null }
  /** Somebody's account was deleted. */
  | { readonly type: "anonymised"; readonly user: string }
  /** Lines older than this one are not kept any more. */
  | { readonly type: "expired"; readonly before: string };

/** An event of the room `me`. */
export type PersonalEvent =
  /** Named, or answered. */
  | { readonly type: "mentioned"; readonly channel: string; readonly message: Message }
  | { readonly type: "restricted"; readonly channel: string; readonly kind: "timeout" | "ban"; readonly until_ms: number | null; readonly reason: string }
  | { readonly type: "released"; readonly channel: string };

const PERSONAL_EVENTS: ReadonlySet<string> = new Set(["mentioned", "restricted", "released"]);

export function isPersonalEvent(data: EventData): data is PersonalEvent {
  return PERSONAL_EVENTS.has(data.type);
}

/** An event of chat; other features have theirs in the same room. */
export function isChatEvent(data: EventData): data is ChatEvent {
  return CHAT_EVENTS.has(data.type);
}

const CHAT_EVENTS: ReadonlySet<string> = new Set(["said", "deleted", "cleared", "reacted", "settings", "pinned", "poll", "anonymised", "expired"]);

export class ChatApi {
  constructor(private readonly client: Client) {}

  /** Lines before the one with this id, oldest first; `more`: there are others before them. */
  older(channel: string, before: string, limit: number): Promise<{ messages: readonly Message[]; more: boolean }> {
    const query = new URLSearchParams({ before, limit: String(limit) });
    return this.client.get(`${url(channel)}/messages?${query}`);
  }
}

function url(channel: string): string {
  return `/api/v1/channels/${encodeURIComponent(channel)}/chat`;
}
