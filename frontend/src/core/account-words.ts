/** Devices, scopes, roles and audit entries as people read them. */
import type { Role, Scope } from "../protocol/account-types";

/** Characters of a display name, as the server counts them. */
export const NAME_MAX = 50;

export const ROLE_WORDS: Record<Role, string> = { user: "Fan", artist: "Artist", admin: "Admin" };

/** What somebody may do from then on. */
export const ROLE_MEANS: Record<Role, string> = {
  user: "They follow and chat, and may still make a channel, which makes them an artist again.",
  artist: "They have channels, and go live.",
  admin: "They change other people's channels and accounts, and read the audit log.",
};

export const SCOPE_WORDS: Record<Scope, string> = {
  "profile:read": "See my account",
  "profile:write": "Change my name",
  "channels:write": "Create and change my channels",
  moderation: "Moderate chats",
  "follows:write": "Follow channels",
  "chat:write": "Write in chats",
};

const BROWSERS = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrom(e|ium)\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
] as const;

const SYSTEMS = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux|X11/, "Linux"],
] as const;

/** "Firefox on Linux", or the beginning of what the device called itself. */
export function deviceWords(userAgent: string): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  return userAgent.trim().slice(0, 40) || "Unknown device";
}

/** "1 July 2026, 20:30" in the reader's own time. */
export function momentWords(rfc3339: string): string {
  const at = new Date(rfc3339);
  if (Number.isNaN(at.getTime())) return "";
  return at.toLocaleString("en-GB", { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

export function dateWords(rfc3339: string): string {
  const at = new Date(rfc3339);
  if (Number.isNaN(at.getTime())) return "";
  return at.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}
