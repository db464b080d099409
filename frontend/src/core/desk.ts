/** What the moderators' view shows: a fold of its room's snapshot and events, without I/O. The bounds are the server's. */
import type { Chatter, DeskEvent, DeskSnapshot, LogEntry, ModNote, Restriction } from "../protocol/moderation";
import { spanWords } from "./chat-words";

export interface DeskState extends DeskSnapshot {
  /** Notes made while one looked; the others are asked for by person. */
  readonly notes: readonly ModNote[];
}

export const NO_DESK: DeskState = { held: [], restrictions: [], log: [], chatters: [], chatters_count: 0, blocked_terms: [], notes: [] };

const HELD_MAX = 200;
const RESTRICTIONS_MAX = 500;
const LOG_MAX = 100;
const NOTES_MAX = 50;

export function applyDeskEvent(state: DeskState, event: DeskEvent): DeskState {
  switch (event.type) {
    case "held": {
      const { message, reason } = event;
      const others = state.held.filter((held) => held.message.id !== message.id);
      const held = [...others, { message, reason }].sort((a, b) => (a.message.id < b.message.id ? -1 : 1));
      return { ...state, held: held.slice(-HELD_MAX) };
    }
    case "decided":
      return { ...state, held: state.held.filter(({ message }) => message.id !== event.id) };
    case "acted":
      return { ...state, restrictions: restricted(state.restrictions, event), log: logged(state.log, event.entry) };
    case "note":
      return { ...state, notes: [event.note, ...state.notes.filter(({ id }) => id !== event.note.id)].slice(0, NOTES_MAX) };
    case "blocked_terms":
      return { ...state, blocked_terms: event.terms };
  }
}

export function withChatters(state: DeskState, chatters: readonly Chatter[], count: number): DeskState {
  return { ...state, chatters, chatters_count: count };
}

function restricted(before: readonly Restriction[], { restriction, lifted }: Extract<DeskEvent, { type: "acted" }>): readonly Restriction[] {
  const left = before.filter(({ id }) => !lifted.includes(id));
  if (restriction === null || left.some(({ id }) => id === restriction.id)) return left;
  return [restriction, ...left].slice(0, RESTRICTIONS_MAX);
}

function logged(before: readonly LogEntry[], entry: LogEntry): readonly LogEntry[] {
  if (before.some(({ id }) => id === entry.id)) return before;
  return [entry, ...before].sort((a, b) => b.at_ms - a.at_ms || (a.id < b.id ? 1 : -1)).slice(0, LOG_MAX);
}

const DEEDS: Readonly<Record<string, string>> = {
  timeout: "timed out",
  ban: "banned",
  unban: "let back in",
  delete: "deleted a message of",
  clear: "cleared the messages of",
  approve: "approved a message of",
  deny: "denied a message of",
  settings: "changed the settings",
  pin: "pinned a message of",
  unpin: "took the pinned message down",
  announce: "made an announcement",
  open_poll: "opened a poll",
  close_poll: "closed the poll",
  blocked_terms: "changed the blocked terms",
  note: "made a note on",
};

/** "Ella timed out Bob for 10 minutes". */
export function logWords({ by, action, user, duration_s: seconds }: LogEntry): string {
  const whom = user?.name ?? (action === "clear" ? "everyone" : "");
  const lasting = seconds === null ? "" : ` for ${spanWords(seconds * 1000)}`;
  return `${by.name} ${DEEDS[action] ?? action} ${whom}`.trimEnd() + lasting;
}

/** "Timed out, 4 minutes left". */
export function restrictionWords({ kind, until_ms: until }: Restriction, nowMs: number): string {
  const what = kind === "ban" ? "Banned" : "Timed out";
  if (until === null) return kind === "ban" ? `${what} for good` : what;
  return until <= nowMs ? `${what}, over` : `${what}, ${spanWords(until - nowMs)} left`;
}

/** Those that hold now. */
export function inForce(restrictions: readonly Restriction[], nowMs: number): readonly Restriction[] {
  return restrictions.filter(({ until_ms: until }) => until === null || until > nowMs);
}
