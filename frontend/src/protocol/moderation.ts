/** What moderators see, on the wire: the room `{channel}/moderators`, and their endpoints. Field names are the wire's own. */
import type { Client } from "./client";
import type { Message } from "./chat";
import type { EventData } from "./events";

export interface PersonRef {
  readonly id: string;
  readonly name: string;
}

export interface HeldMessage {
  readonly message: Message;
  readonly reason: string;
}

export interface Restriction {
  readonly id: string;
  readonly user: PersonRef | null;
  /** A range of addresses. */
  readonly network: string | null;
  readonly kind: "timeout" | "ban";
  readonly until_ms: number | null;
  readonly by: PersonRef;
  readonly reason: string;
  readonly at_ms: number;
  /** The range of addresses may not read either. */
  readonly shut_out: boolean;
}

export interface LogEntry {
  readonly id: string;
  readonly at_ms: number;
  readonly by: PersonRef;
  readonly action: string;
  readonly user: PersonRef | null;
  readonly duration_s: number | null;
  readonly reason: string;
  readonly message: string | null;
  readonly details: string;
}

export interface BlockedTerm {
  readonly term: string;
  readonly action: "block" | "hold";
}

export interface ModNote {
  readonly id: string;
  readonly user: PersonRef;
  readonly by: PersonRef;
  readonly text: string;
  readonly at_ms: number;
}

export interface Chatter {
  readonly id: string;
  readonly name: string;
  readonly badges: readonly string[];
}

export interface FoundLine {
  readonly message: Message;
  /** "shown", "held", "denied" or "withdrawn". */
  readonly state: string;
  /** The id of whoever deleted it, null while it is not deleted. */
  readonly deleted_by: string | null;
}

export interface DeskSnapshot {
  readonly held: readonly HeldMessage[];
  readonly restrictions: readonly Restriction[];
  readonly log: readonly LogEntry[];
  readonly chatters: readonly Chatter[];
  readonly chatters_count: number;
  readonly blocked_terms: readonly BlockedTerm[];
}

export type DeskEvent =
  | ({ readonly type: "held" } & HeldMessage)
  | { readonly type: "decided"; readonly id: string; readonly approved: boolean; readonly by: PersonRef }
  | { readonly type: "acted"; readonly entry: LogEntry; readonly restriction: Restriction | null; readonly lifted: readonly string[] }
  | { readonly type: "note"; readonly note: ModNote }
  | { readonly type: "blocked_terms"; readonly terms: readonly BlockedTerm[] };

const DESK_EVENTS: ReadonlySet<string> = new Set(["held", "decided", "acted", "note", "blocked_terms"]);

export function isDeskEvent(data: EventData): data is DeskEvent {
  return DESK_EVENTS.has(data.type);
}

export class ModerationApi {
  constructor(private readonly client: Client) {}

  /** Newest first, those that were deleted among them. */
  async search(channel: string, query: string, user: string): Promise<readonly FoundLine[]> {
    const asked = new URLSearchParams({ ...(query !== "" && { q: query }), ...(user !== "" && { user }) });
    return (await this.client.get<{ lines: FoundLine[] }>(`${url(channel)}/search?${asked}`)).lines;
  }

  async setBlockedTerms(channel: string, terms: readonly BlockedTerm[]): Promise<void> {
    await this.client.call("PUT", `${url(channel)}/blocked-terms`, { terms });
  }

  async notes(channel: string, user: string): Promise<readonly ModNote[]> {
    return (await this.client.get<{ notes: ModNote[] }>(`${url(channel)}/users/${encodeURIComponent(user)}/notes`)).notes;
  }
}

function url(channel: string): string {
  return `/api/v1/channels/${encodeURIComponent(channel)}/chat`;
}
