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
}

export interface ServerConfig {
  readonly ice_servers: readonly IceServer[];
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
