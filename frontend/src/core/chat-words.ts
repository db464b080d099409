/** What the chat says to people: why a line was not said, what a room asks of them, how long something lasts. */
import type { Refused, RoomSettings, You } from "../protocol/chat";
import type { CommandError } from "../protocol/events";
import type { Outcome } from "./event-types";

/** "45 seconds", "10 minutes", "3 hours", "2 days": rounded up, so that nobody tries too early. */
export function spanWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 100) return plural(seconds, "second");
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 100) return plural(minutes, "minute");
  const hours = Math.ceil(minutes / 60);
  return hours < 48 ? plural(hours, "hour") : plural(Math.ceil(hours / 24), "day");
}

export function plural(count: number, one: string): string {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}

const WORDS: Readonly<Record<string, string>> = {
  bus_unavailable: "The server cannot pass messages on at the moment. Try again shortly.",
  storage_unavailable: "The server cannot keep messages at the moment. Try again shortly.",
  no_such_message: "That message is not there any more.",
  no_such_user: "There is nobody by that name.",
  closed_poll: "This poll is closed.",
  not_signed_in: "Sign in to write.",
};

/** Why a command was not done. */
export function errorWords(error: CommandError): string {
  const wait = error.retry_after_ms;
  if (error.code === "rate_limited") return `Too fast. Try again in ${spanWords(wait ?? 1000)}.`;
  if (error.code === "slow_mode" && wait) return `Slow mode: you can write again in ${spanWords(wait)}.`;
  return WORDS[error.code] ?? sentence(error.detail || "That did not work.");
}

/** Why a command came to nothing; empty when it was done. */
export function outcomeWords(outcome: Outcome): string {
  if (outcome.kind === "done") return "";
  return outcome.kind === "error" ? errorWords(outcome.error) : "The server did not answer. Check your connection and try again.";
}

export interface Barrier {
  readonly title: string;
  readonly words: string;
  readonly signIn: boolean;
}

/** What the end of the connection means, where it is not tried again by itself. */
export function closedBarrier(code: number | null): Barrier {
  switch (code) {
    case 4501:
      return { title: "The server has been updated.", words: "Load the page again to go on.", signIn: false };
    case 4502:
      return { title: "The chat was closed.", words: "Too much was sent from here.", signIn: false };
    case 4503:
      return { title: "Your network is banned from this chat.", words: "Nothing can be read or written from its address until the ban ends.", signIn: false };
    default:
      return { title: "The server closed the chat.", words: "", signIn: false };
  }
}

/** Why the person cannot write now; null when they can. */
export function barrierOf(you: You | null, settings: RoomSettings, nowMs: number): Barrier | null {
  if (you === null) return null;
  const { refusal } = you;
  if (refusal !== null) return refusalBarrier(refusal, settings, nowMs);
  if (you.may.say) return null;
  if (you.role === "anonymous") return { title: "Join the conversation", words: "Sign in to write.", signIn: true };
  return { title: "You cannot write here.", words: "", signIn: false };
}

function refusalBarrier(refusal: Refused, settings: RoomSettings, nowMs: number): Barrier | null {
  const left = refusal.until_ms === null ? null : refusal.until_ms - nowMs;
  const detail = refusal.detail === "" ? "" : sentence(refusal.detail);
  // "you are timed out: the reason"
  const reason = /:\s*(.+)$/s.exec(refusal.detail)?.[1];
  const why = reason === undefined ? "" : ` The moderator says: “${reason}”`;
  switch (refusal.code) {
    case "not_signed_in":
      return { title: "Join the conversation", words: "Sign in to write.", signIn: true };
    case "timed_out":
      if (left !== null && left <= 0) return null;
      return { title: "You are timed out.", words: (left === null ? "" : `You can write again in ${spanWords(left)}.`) + why, signIn: false };
    case "banned":
      if (left !== null && left <= 0) return null;
      return {
        title: refusal.detail.startsWith("your network") ? "Your network is banned from this chat." : "You are banned from this chat.",
        words: (left === null ? "You can go on reading." : `The ban ends in ${spanWords(left)}.`) + why,
        signIn: false,
      };
    case "followers_only":
      return { title: "Followers only", words: followersWords(settings, left), signIn: false };
    case "supporters_only":
      return { title: "Supporters only", words: "Only those who have tipped this artist can write now.", signIn: false };
    default:
      return { title: "You cannot write now.", words: detail, signIn: false };
  }
}

function followersWords(settings: RoomSettings, left: number | null): string {
  if (left !== null && left > 0) return `You follow this channel; you can write in ${spanWords(left)}.`;
  const age = settings.followers_only_s ?? 0;
  return age > 0 ? `Follow this channel to write; you can begin ${spanWords(age * 1000)} after.` : "Follow this channel to write.";
}

/** Reacting and voting take an account, but nothing else; whoever is shut out cannot. */
export function reacts({ role, refusal }: You): boolean {
  return role !== "anonymous" && role !== "guest" && refusal?.code !== "timed_out" && refusal?.code !== "banned";
}

/** What is asked of everyone at the moment, in a word or two each. */
export function modesOf(settings: RoomSettings): readonly string[] {
  const modes: string[] = [];
  if (settings.slow_mode_s > 0) modes.push(`Slow mode, ${spanWords(settings.slow_mode_s * 1000)}`);
  if (settings.followers_only_s !== null) modes.push("Followers only");
  if (settings.supporters_only) modes.push("Supporters only");
  if (settings.emote_only) modes.push("Emoji only");
  if (settings.unique_messages) modes.push("No repeating");
  return modes;
}

export function badgeWords(badge: string): string {
  if (badge === "owner") return "Artist";
  if (badge === "moderator") return "Moderator";
  if (badge === "admin") return "Admin";
  if (badge === "follower") return "Follower";
  if (badge === "guest") return "Guest";
  if (badge === "tipper_top") return "Top tipper of the month";
  const tier = /^tipper[:_](\d+)$/.exec(badge);
  return tier === null ? badge : `Supporter, tier ${tier[1]}`;
}

export interface CommandHelp {
  readonly name: string;
  readonly fields: string;
  readonly words: string;
  readonly for: "everyone" | "moderators";
}

/** What the server understands in a line that begins with a slash; it takes some further spellings. */
export const COMMANDS: readonly CommandHelp[] = [
  { name: "me", fields: "TEXT", words: "Say what you do", for: "everyone" },
  { name: "ignore", fields: "NAME", words: "See nothing of somebody any more", for: "everyone" },
  { name: "unignore", fields: "NAME", words: "See somebody again", for: "everyone" },
  { name: "help", fields: "", words: "List the commands", for: "everyone" },
  { name: "announce", fields: "TEXT", words: "Say something that stands out", for: "moderators" },
  { name: "timeout", fields: "NAME [10m] [REASON]", words: "Let somebody be silent for a while", for: "moderators" },
  { name: "ban", fields: "NAME [7d] [REASON]", words: "Shut somebody out", for: "moderators" },
  { name: "banaddress", fields: "NAME [1d] [REASON]", words: "Shut their network address out too", for: "moderators" },
  { name: "unban", fields: "NAME", words: "Let somebody back in, or end a time-out", for: "moderators" },
  { name: "clear", fields: "[NAME]", words: "Remove the messages of somebody, or all", for: "moderators" },
  { name: "note", fields: "NAME TEXT", words: "Note something for the other moderators", for: "moderators" },
  { name: "slow", fields: "[30s|off]", words: "Everyone waits between messages", for: "moderators" },
  { name: "followers", fields: "[10m|off]", words: "Only followers can write", for: "moderators" },
  { name: "supporters", fields: "[on|off]", words: "Only supporters can write", for: "moderators" },
  { name: "emoteonly", fields: "[on|off]", words: "Only emoji", for: "moderators" },
  { name: "unique", fields: "[on|off]", words: "Nobody repeats what was said", for: "moderators" },
  { name: "links", fields: "allow|hold|block", words: "What becomes of links", for: "moderators" },
  { name: "pin", fields: "", words: "Pin your last message", for: "moderators" },
  { name: "unpin", fields: "", words: "Take the pinned message down", for: "moderators" },
  { name: "poll", fields: "QUESTION | ONE | OTHER [| 2m]", words: "Ask the room", for: "moderators" },
  { name: "endpoll", fields: "", words: "Close the poll", for: "moderators" },
];

/** The server writes details in lower case and without a full stop. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  return trimmed.slice(0, 1).toUpperCase() + trimmed.slice(1) + (/[.!?…]$/.test(trimmed) ? "" : ".");
}
