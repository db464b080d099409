/** Kept broadcasts as everyone sees them. Field names are the wire's own; times in ms are on the broadcast's clock. */
import type { Message } from "./chat";
import type { Client } from "./client";
import type { Tip } from "./tips";
import type { ListPage } from "./types";

export interface ReplaySummary {
  readonly id: string;
  readonly channel: string;
  readonly title: string;
  /** RFC 3339. */
  readonly began_at: string;
  readonly duration_ms: number;
  /** A signed address. */
  readonly poster: string | null;
  readonly chat_lines: number;
  readonly tips: number;
}

/** One file. There is another one wherever the size of the picture or a codec changed. */
export interface ReplayPart {
  readonly number: number;
  /** Signed, until the replay expires. */
  readonly url: string;
  readonly start_ms: number;
  readonly duration_ms: number;
  /** With codecs, for `canPlayType`. */
  readonly type: string;
  readonly width: number | null;
  readonly height: number | null;
}

/** One picture with many: `columns` in a row, one every `interval_ms` of the recording. */
export interface PreviewStrip {
  readonly url: string;
  readonly columns: number;
  readonly pictures: number;
  readonly interval_ms: number;
}

export type Visibility = "public" | "unlisted" | "private";

export interface Replay {
  readonly id: string;
  readonly channel: string;
  readonly channel_title: string;
  readonly title: string;
  readonly broadcast: number | null;
  /** RFC 3339. */
  readonly began_at: string;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly visibility: Visibility;
  readonly mine: boolean;
  readonly parts: readonly ReplayPart[];
  readonly poster: string | null;
  readonly strip: PreviewStrip | null;
  /** 2,000 bytes: the highest sample of as many equal stretches. */
  readonly waveform: string | null;
  readonly loudness_lufs: number | null;
  /** RFC 3339: until when the addresses hold. */
  readonly expires_at: string;
}

/** What the room was told, as it stands now. Others may come with later servers. */
export type ReplayEvent =
  | { readonly type: "said"; readonly message: Message }
  | { readonly type: "tip_seen"; readonly tip: Tip };

export interface TimedEvent {
  readonly clock_ms: number;
  readonly event: ReplayEvent;
}

export interface EventsPage {
  readonly items: readonly TimedEvent[];
  /** For the page after this one; null: there are no more. */
  readonly next: string | null;
}

/** How much was said and tipped in each stretch of `bin_ms`, from the recording's beginning on. */
export interface Density {
  readonly bin_ms: number;
  readonly chat: readonly number[];
  readonly tips: readonly number[];
}

/** Where events begin: at a moment, or after those of an earlier page. */
export type EventsFrom = { readonly from_ms: number } | { readonly after: string };

const EVENTS_LIMIT = 500;
const DENSITY_BINS = 200;
const LISTED = 12;

/** Every method raises ProblemError or NetworkError. */
export class ReplaysApi {
  constructor(private readonly client: Client) {}

  /** The public ones of a channel, newest first. */
  ofChannel(channel: string, cursor: string | null): Promise<ListPage<ReplaySummary>> {
    const query = new URLSearchParams({ limit: String(LISTED), ...(cursor !== null && { cursor }) });
    return this.client.get(`/api/v1/channels/${encodeURIComponent(channel)}/replays?${query}`);
  }

  /** With addresses that hold for a while; asked again they hold longer. */
  get(id: string): Promise<Replay> {
    return this.client.get(url(id));
  }

  events(id: string, from: EventsFrom): Promise<EventsPage> {
    const query = new URLSearchParams({ limit: String(EVENTS_LIMIT) });
    for (const [name, value] of Object.entries(from)) query.set(name, String(value));
    return this.client.get(`${url(id)}/events?${query}`);
  }

  density(id: string): Promise<Density> {
    return this.client.get(`${url(id)}/density?bins=${DENSITY_BINS}`);
  }
}

function url(id: string): string {
  return `/api/v1/replays/${encodeURIComponent(id)}`;
}
