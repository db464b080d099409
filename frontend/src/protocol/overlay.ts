/** Overlays on the wire: the room `overlay/<token>`, and what the artist sets. Field names are the wire's own. */
import type { Client } from "./client";
import type { EventData } from "./events";
import type { Goal, MessageState, Tip } from "./tips";

export const ANIMATIONS = ["rise", "pop", "slide", "none"] as const;
export const SOUNDS = ["chime", "cheer", "none"] as const;
export const IMAGES = ["note", "heart", "star", "none"] as const;
export const THEMES = ["dark", "light"] as const;

export type Sound = (typeof SOUNDS)[number];
export type Picture = (typeof IMAGES)[number];

/** In minor units of the currency that tips are counted in. */
export interface WorthAtLeast {
  readonly minor: number;
}

export interface OverlaySettings {
  /** Null: every tip. */
  readonly minimum: WorthAtLeast | null;
  readonly duration_ms: number;
  readonly animation: (typeof ANIMATIONS)[number];
  readonly sound: Sound;
  /** 0 to 1. */
  readonly volume: number;
  readonly image: Picture;
  readonly speech: boolean;
  readonly speech_minimum: WorthAtLeast | null;
  readonly show_message: boolean;
  readonly theme: (typeof THEMES)[number];
}

export interface OverlaySnapshot {
  readonly channel: { readonly name: string; readonly title: string };
  readonly settings: OverlaySettings;
  readonly paused: boolean;
  readonly muted: boolean;
  readonly goal: Goal | null;
}

export type OverlayEvent =
  | { readonly type: "overlay_tip"; readonly tip: Tip }
  | { readonly type: "overlay_withdrawn"; readonly id: string }
  | { readonly type: "overlay_message"; readonly id: string; readonly message: string; readonly message_state: MessageState }
  | { readonly type: "overlay_settings"; readonly settings: OverlaySettings }
  | { readonly type: "overlay_state"; readonly paused: boolean; readonly muted: boolean }
  | { readonly type: "overlay_goal"; readonly goal: Goal | null };

/** Done by whoever hears it now, and by nobody later. */
export type Nudge = "skip" | "replay" | "test";
export type OverlayCommand = Nudge | "pause" | "resume" | "mute" | "unmute";

const EVENTS: ReadonlySet<string> = new Set([
  "overlay_tip",
  "overlay_withdrawn",
  "overlay_message",
  "overlay_settings",
  "overlay_state",
  "overlay_goal",
]);
const NUDGES: ReadonlySet<unknown> = new Set(["skip", "replay", "test"]);

export function isOverlayEvent(data: EventData): data is OverlayEvent {
  return EVENTS.has(data.type);
}

/** Null for a signal that is not known here. */
export function nudgeOf(signal: object): Nudge | null {
  const wanted: unknown = "do" in signal ? signal.do : null;
  return NUDGES.has(wanted) ? (wanted as Nudge) : null;
}

/** What the artist sees of the overlay; never its token. */
export interface OverlayDesk {
  readonly settings: OverlaySettings;
  readonly paused: boolean;
  readonly muted: boolean;
  readonly has_token: boolean;
}

/** For a channel's owner. Every method raises ProblemError, NetworkError, or GivenUp. */
export class OverlayApi {
  constructor(private readonly client: Client) {}

  get(channel: string): Promise<OverlayDesk> {
    return this.client.get(url(channel));
  }

  async setSettings(channel: string, settings: OverlaySettings): Promise<void> {
    await this.client.call("PUT", url(channel), settings);
  }

  /** A new token; the old one ends at once. */
  async rotate(channel: string): Promise<string> {
    return (await this.client.call<{ token: string }>("POST", `${url(channel)}/token`)).token;
  }

  async command(channel: string, command: OverlayCommand): Promise<void> {
    await this.client.call("POST", `${url(channel)}/commands`, { do: command });
  }
}

function url(channel: string): string {
  return `/api/v1/channels/${encodeURIComponent(channel)}/overlay`;
}
