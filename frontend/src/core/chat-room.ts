/**
 * What a chat room shows: a fold of its snapshot and events, without I/O.
 *
 * Lines are sorted by id, so that live, recovered and fetched lines have one order. The memory is bounded: who follows
 * the end keeps the last FOLLOWED lines. Who has scrolled up keeps what they read, up to KEPT lines; what comes beyond is
 * only counted, with the newest of it in `ahead`, and going on to the end drops what was read.
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

/** Lines in a snapshot, at most; fewer mean that there are no older ones. */
export const SNAPSHOT_LINES = 100;

export function fromSnapshot(before: ChatState, snapshot: ChatSnapshot): ChatState {
  const { messages, settings, pinned, poll, viewers } = snapshot;
  const newest = before.lines.at(-1)?.id ?? "";
  const added = before.lines.length === 0 ? 0 : messages.filter(({ id }) => id > newest).length;
  return {
    lines: [...messages].sort(byId),
    ahead: [],
    unseen: before.following ? 0 : before.unseen + added,
    following: before.following,
    complete: messages.length < SNAPSHOT_LINES,
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
      return withoutLines(state, ({ id }) => gone.has(id), gone);
    }
    case "cleared":
      return withoutLines(state, event.user === null ? () => true : ({ author }) => author?.id === event.user);
    case "reacted":
      return changeLine(state, event.id, (line) => ({ ...line, reactions: event.reactions }));
    case "settings":
      return { ...state, settings: event.settings };
    case "pinned":
      return { ...state, pinned: event.message };
    case "poll":
      return { ...state, poll: event.poll };
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
  if (following === state.following) return following && state.unseen > 0 ? { ...state, unseen: 0 } : state;
  if (!following) return { ...state, following };
  // With a hole in between, what was read is let go: nobody should take the lines around it for neighbours.
  return trim({ ...state, lines: state.ahead.length > 0 ? state.ahead : state.lines, ahead: [], unseen: 0, following });
}

function said(state: ChatState, message: Message): ChatState {
  const unseen = state.following ? 0 : state.unseen + 1;
  if (state.ahead.length > 0) return { ...state, unseen, ahead: inserted(state.ahead, message).slice(-AHEAD) };
  if (!state.following && state.lines.length >= KEPT) return { ...state, unseen, ahead: [message] };
  return trim({ ...state, unseen, lines: inserted(state.lines, message) });
}

/** The line in its place; nearly always the last one. A line that is there already is replaced. */
function inserted(lines: readonly Message[], message: Message): readonly Message[] {
  let at = lines.length;
  while (at > 0 && (lines[at - 1] as Message).id > message.id) at -= 1;
  const double = lines[at - 1]?.id === message.id;
  return [...lines.slice(0, double ? at - 1 : at), message, ...lines.slice(at)];
}

function trim(state: ChatState): ChatState {
  if (!state.following || state.lines.length <= FOLLOWED) return state;
  return { ...state, lines: state.lines.slice(-FOLLOWED), complete: false };
}

function withoutLines(state: ChatState, gone: (line: Message) => boolean, quoted?: ReadonlySet<string>): ChatState {
  const keep = (lines: readonly Message[]) => {
    const kept = lines.filter((line) => !gone(line));
    return quoted === undefined ? kept : kept.map((line) => withoutQuote(line, quoted));
  };
  return { ...state, lines: keep(state.lines), ahead: keep(state.ahead) };
}

/** What was deleted is not to be read in the lines that answer it either. */
function withoutQuote(line: Message, gone: ReadonlySet<string>): Message {
  if (line.reply_to === null || !gone.has(line.reply_to.id)) return line;
  return { ...line, reply_to: { ...line.reply_to, excerpt: "" } };
}

function changeLine(state: ChatState, id: string, change: (line: Message) => Message): ChatState {
  const among = (lines: readonly Message[]) => (lines.some((line) => line.id === id) ? lines.map((line) => (line.id === id ? change(line) : line)) : lines);
  return { ...state, lines: among(state.lines), ahead: among(state.ahead) };
}

function byId(a: Message, b: Message): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
