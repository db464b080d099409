/** Recordings as the channel's owner runs them. Field names are the wire's own; every method raises ProblemError or NetworkError. */
import type { Client } from "./client";
import type { Visibility } from "./replays";
import type { ListPage } from "./types";

export type RecordingPolicy = "always" | "ask" | "never";

/** One that goes on. */
export interface CurrentRecording {
  readonly id: string;
  readonly duration_ms: number;
  readonly size_bytes: number;
  readonly lost_packets: number;
  readonly dropped_frames: number;
  readonly dropped_groups: number;
}

export interface RecordingSetting {
  readonly policy: RecordingPolicy;
  /** Of new recordings. */
  readonly visibility: Visibility;
  readonly current: CurrentRecording | null;
  /** After so many days they are deleted; 0: never. */
  readonly keep_days: number;
  /** Why the present broadcast is not recorded though all are to be, such as "quota_reached". */
  readonly refused: string | null;
}

/** `keep_days` null: as the server is set. */
export interface RecordingSettingChange {
  readonly policy?: RecordingPolicy;
  readonly visibility?: Visibility;
  readonly keep_days?: number | null;
}

/** How HLS of a channel is doing. */
export interface HlsStatus {
  readonly making: boolean;
  readonly viewers: number;
  /** Those encoded anew now. */
  readonly tracks: readonly string[];
  /** "behind": too slow for them; "failing"; null: all is well. */
  readonly encoder: "behind" | "failing" | null;
}

export interface RecordingPart {
  readonly number: number;
  readonly url: string;
  readonly start_ms: number;
  readonly duration_ms: number;
  readonly size_bytes: number;
  readonly video_codec: string | null;
  readonly audio_codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** In hexadecimal. */
  readonly sha256: string;
  /** Signed: keeps the file, without a token. */
  readonly download: string;
}

export interface Recording {
  readonly id: string;
  readonly broadcast: number | null;
  /** RFC 3339. */
  readonly broadcast_began_at: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly state: "recording" | "finishing" | "ready" | "empty";
  readonly visibility: Visibility;
  /** Why it ended before the broadcast did, such as "disk_full". */
  readonly trouble: string | null;
  readonly duration_ms: number;
  readonly size_bytes: number;
  readonly parts: readonly RecordingPart[];
  readonly previews: { readonly loudness_lufs: number | null } | null;
  readonly title: string;
  /** Where its files are. */
  readonly stored: "here" | "moving" | "store";
  readonly moved_bytes: number;
  /** Why it is not in the store yet, if it should be. */
  readonly store_trouble: string | null;
  /** The address of its page. */
  readonly replay: string;
  /** Why its files could not be finished yet. */
  readonly unfinished_for: string | null;
}

export interface RecordingChange {
  readonly visibility?: Visibility;
  readonly title?: string;
}

const LISTED = 20;

export class RecordingsApi {
  constructor(private readonly client: Client) {}

  setting(channel: string): Promise<RecordingSetting> {
    return this.client.get(`${url(channel)}/recording`);
  }

  hls(channel: string): Promise<HlsStatus> {
    return this.client.get(`${url(channel)}/hls`);
  }

  change(channel: string, change: RecordingSettingChange): Promise<RecordingSetting> {
    return this.client.call("PATCH", `${url(channel)}/recording`, change);
  }

  start(channel: string): Promise<RecordingSetting> {
    return this.client.call("POST", `${url(channel)}/recording/start`);
  }

  stop(channel: string): Promise<RecordingSetting> {
    return this.client.call("POST", `${url(channel)}/recording/stop`);
  }

  /** Newest first. */
  list(channel: string, cursor: string | null, limit = LISTED): Promise<ListPage<Recording>> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor !== null && { cursor }) });
    return this.client.get(`${url(channel)}/recordings?${query}`);
  }

  get(channel: string, id: string): Promise<Recording> {
    return this.client.get(recordingUrl(channel, id));
  }

  edit(channel: string, id: string, change: RecordingChange): Promise<Recording> {
    return this.client.call("PATCH", recordingUrl(channel, id), change);
  }

  /** With its files, for good. */
  delete(channel: string, id: string): Promise<null> {
    return this.client.call("DELETE", recordingUrl(channel, id));
  }
}

function url(channel: string): string {
  return `/api/v1/channels/${encodeURIComponent(channel)}`;
}

function recordingUrl(channel: string, id: string): string {
  return `${url(channel)}/recordings/${encodeURIComponent(id)}`;
}
