/** Numbers, times and refusals as people read them. */
import type { Refusal } from "./link";
import type { WayView } from "./way";

/** "4:07", "1:02:09". */
export function clock(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** "just now", "12 min", "3 h 20 min": how long something has gone on. */
export function lasting(durationMs: number): string {
  const minutes = Math.floor(Math.max(0, durationMs) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

export function sinceWords(startedAt: string | null, nowMs: number): string {
  if (startedAt === null) return "";
  const startedMs = Date.parse(startedAt);
  if (Number.isNaN(startedMs)) return "";
  const words = lasting(nowMs - startedMs);
  return words === "just now" ? "started just now" : `live for ${words}`;
}

export function people(count: number, one: string, many: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

export function bitrate(bps: number): string {
  return bps >= 1_000_000 ? `${(bps / 1_000_000).toFixed(1)} Mbit/s` : `${Math.round(bps / 1000)} kbit/s`;
}

/** Why a viewer cannot watch. */
export function watchRefusal(refusal: Refusal): string {
  switch (refusal.status) {
    case 401:
    case 403:
      return "You are not allowed to watch this channel.";
    case 404:
      return "There is no channel by this name.";
    case 406:
    case 415:
      return refusal.detail || "This broadcast comes in a format that your browser cannot play. Try another browser.";
    default:
      return refusal.detail || `The server refused to play this channel (${refusal.status}).`;
  }
}

/** Why an artist cannot go live, or not any more. */
export function publishRefusal(refusal: Refusal, channel: string, wasLive: boolean): string {
  if (refusal.problem === "owner-suspended") return "The account this channel belongs to is suspended. Ask the people who run this server.";
  if (wasLive && (refusal.status === 401 || refusal.status === 403)) {
    return "The stream key was replaced, so this broadcast has ended. Enter the new key to go live again.";
  }
  if (wasLive && refusal.status === 404) return `The channel “${channel}” is no more, so this broadcast has ended.`;
  switch (refusal.status) {
    case 401:
      return "The stream key is wrong. Check that you copied all of it.";
    case 403:
      return `This stream key does not open the channel “${channel}”. Check the channel's name and the key.`;
    case 404:
      return `There is no channel “${channel}”. Make it under “My channels”, or on the server: harmonie channel add ${channel}`;
    case 406:
    case 415:
      return refusal.detail || "The server cannot take this codec. Choose another one.";
    case 409:
      return refusal.detail || "Someone else is live on this channel right now.";
    case 410:
      return "Someone went live on this channel from elsewhere with the same key, so the broadcast from here has stopped.";
    case 429:
      return "Too many connections from your address. Trying again in a moment.";
    default:
      return refusal.detail || `The server refused the broadcast (${refusal.status}).`;
  }
}

/** A colour angle in 0..359 that is always the same for a name, for generated art. */
export function hueOf(name: string): number {
  let hash = 2166136261;
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619);
  return (hash >>> 0) % 360;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** How a broadcast is watched, in a word or two. */
export function wayName({ way }: WayView): string {
  return way === "hls" ? "HLS" : "Real time";
}

/** The same, with the reason. */
export function wayTitle(view: WayView): string {
  switch (view.why) {
    case "blocked":
      return "HLS, because this network lets no WebRTC through";
    case "missing":
      return "HLS, because this browser has no WebRTC";
    default:
      return view.way === "hls" ? "HLS, as you chose" : "Real time";
  }
}

/** The same, with the protocol's name. */
export function wayWords(view: WayView): string {
  return view.way === "hls" ? wayTitle(view) : "WebRTC (real time)";
}

/** The server makes what is watched out of what the artist sends, and does not keep up with it. */
export const GAPS_WORDS = "The server does not keep up with making this picture, so some of it is left out. In real time it is whole.";

/** For the artist, of what the server encodes anew for viewers by HLS; empty while all is well. */
export function encoderWords(encoder: "behind" | "failing" | null): string {
  if (encoder === null) return "";
  const what = encoder === "behind" ? "This server is too slow for what it encodes anew of your broadcast" : "What this server encodes anew of your broadcast does not come as it should";
  return `${what}: some who watch by HLS see jumps. In real time nothing is missing. A smaller picture helps, or fewer sizes in HARMONIE_TRANSCODE.`;
}

/** A broadcast has a picture, and none can be had this way. */
export function picturelessWords(codec: string | null): string {
  return `The picture is sent as ${codec ?? "a codec"} that HLS cannot carry here. You hear the sound; in real time there is the picture too.`;
}
