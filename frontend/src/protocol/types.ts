/** Shapes of the server's public JSON. Field names are the wire's own. */

export type ChannelState = "live" | "reconnecting" | "offline";

export interface Channel {
  readonly name: string;
  readonly title: string;
  /** RFC 3339. */
  readonly created_at: string;
  /** Stays true while a vanished publisher's grace period runs (`state` is then "reconnecting"). */
  readonly live: boolean;
  readonly state: ChannelState;
  /** RFC 3339, null while offline. */
  readonly started_at: string | null;
  readonly viewers: number;
  readonly audio: boolean;
  readonly video: boolean;
  readonly video_codec: string | null;
  readonly audio_codec: string | null;
  /** Null when only the operator looks after it. */
  readonly owner: { readonly id: string; readonly display_name: string } | null;
  /** Plain text with line breaks. */
  readonly description: string;
  readonly links: readonly ChannelLink[];
  /** Paths of the picture. */
  readonly picture: { readonly large: string; readonly small: string } | null;
  readonly payout_wallet: string | null;
  readonly followers: number;
  /** Null when nobody is signed in, and in event streams. */
  readonly followed: boolean | null;
  readonly past_broadcasts: number;
}

export interface ChannelLink {
  readonly label: string;
  readonly url: string;
}

export interface Broadcast {
  readonly id: number;
  /** RFC 3339. */
  readonly started_at: string;
  readonly ended_at: string;
  readonly peak_viewers: number;
}

/** A person who moderates a channel. */
export interface Moderator {
  readonly id: string;
  readonly display_name: string;
  /** RFC 3339. */
  readonly added_at: string;
}

/** One page of a list; `next_cursor` is null on the last. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface ServerConfig {
  readonly ice_servers: readonly IceServer[];
  /** Whether broadcasts can be watched by HLS too. */
  readonly hls: boolean;
  readonly demo: boolean;
  readonly version: string;
}

export interface IceServer {
  readonly urls: string[];
  readonly username?: string;
  readonly credential?: string;
}

export type MediaKind = "audio" | "video";

const CHANNEL_NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

/** Whether `name` can be a channel's name. The server may still reserve it. */
export function isChannelName(name: string): boolean {
  return CHANNEL_NAME.test(name);
}
