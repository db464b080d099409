/**
 * What a chat room shows: a fold of its snapshot and events, without I/O.
 *
 * Lines are sorted by id, so that live, recovered and fetched lines have one order. The memory is bounded: who follows
 * the end keeps the last FOLLOWED lines. Who has scrolled up keeps what they read, up to KEPT lines; what comes beyond is
 * only counted, with the newest of it in `ahead`, and going on to the end drops what was read.
 *
 * A line that arrives after a clearing that covers it is deleted by a further event of the server's.
 */
import type { ChatEvent, ChatSnapshot, Message, Poll, RoomSettings, Viewers } from "../protocol/chat";

export interface ChatState {
  readonly lines: readonly Message[];
  /** Newer lines than those shown, with a hole between; empty while there is no hole. */
  readonly ahead: readonly Message[];
  /** Lines that came since the person last saw the end. */
  readonly unseen: number;
  readonly following: boolean;
  /** There are no older lines than those here. */
  readonly complete: boolean;
  readonly settings: RoomSettings;
  readonly pinned: Message | null;
  readonly poll: Poll | null;
  readonly viewers: Viewers;
}

export const FOLLOWED = 300;
export const KEPT = 1500;
const AHEAD = 200;
/** What the server calls people who are not there any more. */
const DELETED_NAME = "Deleted account";

export const NO_ROOM: ChatState = {
  lines: [],
  ahead: [],
  unseen: 0,
  following: true,
  complete: true,
  settings: {
    slow_mode_s: 0,
    followers_only_s: null,
    supporters_only: false,
    emote_only: false,
    unique_messages: false,
    links: "allow",
    guests: false,
    retention_days: 0,
  },
  pinned: null,
  poll: null,
  viewers: { count: 0, exact: true },
};

export function fromSnapshot(before: ChatState, snapshot: ChatSnapshot): ChatState {
  const { messages, settings, pinned, poll, viewers } = snapshot;
  const newest = before.lines.at(-1)?.id;
  const added = newest === undefined ? 0 : messages.filter(({ id }) => id > newest).length;
  return {
    lines: [...messages].sort(byId),
    ahead: [],
    unseen: before.following ? 0 : before.unseen + added,
    following: before.following,
    complete: messages.length === 0,
    settings,
    pinned,
    poll,
    viewers,
  };
}

export function applyEvent(state: ChatState, event: ChatEvent): ChatState {
  switch (event.type) {
    case "said":
      return said(state, event.message);
    case "deleted": {
      const gone = new Set(event.ids);
      return without(state, (id) => gone.has(id));
    }
    case "cleared":
      return without(state, (id, author) => id <= event.before && (event.user === null || author === event.user));
    case "reacted":
      return rewrite(state, (line) => (line.id === event.id ? { ...line, reactions: event.reactions } : line));
    case "settings":
      return { ...state, settings: event.settings };
    case "pinned":
      return { ...state, pinned: event.message };
    case "poll":
      return { ...state, poll: event.poll };
    case "anonymised":
      return rewrite(state, (line) => anonymised(line, event.user));
    case "expired":
      return withoutOld(state, event.before);
  }
}

/** Older lines that were fetched; `complete`: before them there are none. */
export function withOlder(state: ChatState, older: readonly Message[], complete: boolean): ChatState {
  const first = state.lines[0]?.id;
  const fresh = first === undefined ? older : older.filter(({ id }) => id < first);
  const lines = [...fresh].sort(byId).concat(state.lines);
  if (state.following || lines.length <= KEPT) return { ...state, lines, complete };
  // What does not fit goes at the far end, and is fetched or followed again later.
  return { ...state, lines: lines.slice(0, KEPT), ahead: [...lines.slice(KEPT), ...state.ahead].slice(-AHEAD), complete };
}

/** The person went to the end, or away from it. */
export function follow(state: ChatState, following: boolean): ChatState {
  if (following === state.following) return state;
  if (!following) return { ...state, following };
  // With a hole in between, what was read is let go: nobody should take the lines around it for neighbours.
  const hole = state.ahead.length > 0;
  return trim({ ...state, lines: hole ? state.ahead : state.lines, ahead: [], unseen: 0, following, complete: hole ? false : state.complete });
}

function said(state: ChatState, message: Message): ChatState {
  if (state.lines.some(({ id }) => id === message.id) || state.ahead.some(({ id }) => id === message.id)) return state;
  const unseen = state.following ? 0 : state.unseen + 1;
  if (state.ahead.length > 0) return { ...state, unseen, ahead: inserted(state.ahead, message).slice(-AHEAD) };
  if (!state.following && state.lines.length >= KEPT) return { ...state, unseen, ahead: [message] };
  return trim({ ...state, unseen, lines: inserted(state.lines, message) });
}

/** The line in its place; nearly always the last one. */
function inserted(lines: readonly Message[], message: Message): readonly Message[] {
  let at = lines.length;
  while (at > 0 && (lines[at - 1] as Message).id > message.id) at -= 1;
  return [...lines.slice(0, at), message, ...lines.slice(at)];
}

function trim(state: ChatState): ChatState {
  if (!state.following || state.lines.length <= FOLLOWED) return state;
  return { ...state, lines: state.lines.slice(-FOLLOWED), complete: false };
}

/** These lines are gone, and what others quote of them. */
function without(state: ChatState, gone: (id: string, author: string | null) => boolean): ChatState {
  const stays = ({ id, author }: Message) => !gone(id, author?.id ?? null);
  const left = rewrite(state, (line) => {
    const quoted = line.reply_to;
    return quoted !== null && gone(quoted.id, quoted.author ?? null) ? { ...line, reply_to: null } : line;
  });
  const pinned = left.pinned !== null && stays(left.pinned) ? left.pinned : null;
  return { ...left, lines: left.lines.filter(stays), ahead: left.ahead.filter(stays), pinned };
}

function withoutOld(state: ChatState, before: string): ChatState {
  const stays = ({ id }: Message) => id >= before;
  const pinned = state.pinned !== null && stays(state.pinned) ? state.pinned : null;
  return { ...state, lines: state.lines.filter(stays), ahead: state.ahead.filter(stays), pinned };
}

function anonymised(line: Message, user: string): Message {
  const { author, reply_to: quoted, mentions } = line;
  const mine = author?.id === user || quoted?.author === user || mentions.some(({ id }) => id === user);
  if (!mine) return line;
  return {
    ...line,
    author: author?.id === user ? null : author,
    reply_to: quoted?.author === user ? { id: quoted.id, name: DELETED_NAME, excerpt: quoted.excerpt } : quoted,
    mentions: mentions.filter(({ id }) => id !== user),
  };
}

function rewrite(state: ChatState, change: (line: Message) => Message): ChatState {
  const among = (lines: readonly Message[]) => {
    const changed = lines.map(change);
    return changed.some((line, index) => line !== lines[index]) ? changed : lines;
  };
  return { ...state, lines: among(state.lines), ahead: among(state.ahead), pinned: state.pinned === null ? null : change(state.pinned) };
}

function byId(a: Message, b: Message): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
