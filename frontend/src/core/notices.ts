/**
 * What happened to the person in chats they are not looking at: who mentioned them, and where they were shut out or let
 * back in. Without I/O. Each is kept until the person has been in that chat, or put it away.
 */
import type { PersonalEvent } from "../protocol/chat";

interface Noticed {
  /** The same in every tab. */
  readonly id: string;
  readonly channel: string;
  readonly atMs: number;
}

export type Notice =
  | (Noticed & { readonly kind: "mention"; readonly from: string; readonly text: string })
  | (Noticed & { readonly kind: "timeout" | "ban"; readonly untilMs: number | null; readonly reason: string })
  | (Noticed & { readonly kind: "released" });

/** Newest first. */
export type Notices = readonly Notice[];

export const NOTICES_MAX = 50;

export function noticeOf(event: PersonalEvent, nowMs: number): Notice {
  const { channel } = event;
  switch (event.type) {
    case "mentioned": {
      const { id, author, text, at_ms } = event.message;
      return { kind: "mention", id, channel, atMs: at_ms, from: author?.name ?? "Somebody", text };
    }
    case "restricted":
      return { kind: event.kind, id: `access:${channel}`, channel, atMs: nowMs, untilMs: event.until_ms, reason: event.reason };
    case "released":
      return { kind: "released", id: `access:${channel}`, channel, atMs: nowMs };
  }
}

/** What was said of somebody's access to a chat before is void. */
export function withNotice(notices: Notices, notice: Notice): Notices {
  return [notice, ...notices.filter(({ id }) => id !== notice.id)].slice(0, NOTICES_MAX);
}

/** The person has been there. */
export function withoutChannel(notices: Notices, channels: ReadonlySet<string>): Notices {
  const left = notices.filter(({ channel }) => !channels.has(channel));
  return left.length === notices.length ? notices : left;
}

export function withoutNotice(notices: Notices, id: string): Notices {
  return notices.filter((each) => each.id !== id);
}

/** What storage held, which may be anything. */
export function readNotices(stored: string | null, user: string): Notices {
  try {
    const kept: unknown = JSON.parse(stored ?? "null");
    if (!isRecord(kept) || kept["user"] !== user || !Array.isArray(kept["notices"])) return [];
    return kept["notices"].filter(isNotice).slice(0, NOTICES_MAX);
  } catch {
    return [];
  }
}

export function writeNotices(notices: Notices, user: string): string {
  return JSON.stringify({ user, notices });
}

function isNotice(value: unknown): value is Notice {
  if (!isRecord(value)) return false;
  const { kind, id, channel, atMs, from, text, untilMs, reason } = value;
  if (typeof id !== "string" || typeof channel !== "string" || typeof atMs !== "number") return false;
  if (kind === "mention") return typeof from === "string" && typeof text === "string";
  if (kind === "timeout" || kind === "ban") return (untilMs === null || typeof untilMs === "number") && typeof reason === "string";
  return kind === "released";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
