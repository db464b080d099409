/** Addresses of the studio that name a channel, and how they are read. */

export interface Target {
  readonly channel: string;
  readonly key: string;
}

/** The key travels behind the '#', which browsers never send to a server. */
export function studioPath(channel: string, key = ""): string {
  return `/studio?channel=${encodeURIComponent(channel)}${key === "" ? "" : `#key=${encodeURIComponent(key)}`}`;
}

/** Where the tips of a channel are run. */
export function tipDeskPath(channel: string): string {
  return `/studio/tips${channel === "" ? "" : `?channel=${encodeURIComponent(channel)}`}`;
}

/** Where the recordings of a channel are run. */
export function recordingsPath(channel: string): string {
  return `/studio/recordings?channel=${encodeURIComponent(channel)}`;
}

/** The address wins over what was kept; a kept key is not carried over to another channel. */
export function targetOf(search: string, fragment: string, kept: Target): Target {
  const channel = new URLSearchParams(search).get("channel")?.toLowerCase() ?? kept.channel;
  const key = new URLSearchParams(fragment.replace(/^#/, "")).get("key");
  return { channel, key: key ?? (channel === kept.channel ? kept.key : "") };
}
