import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatSnapshot, Message } from "../protocol/chat";
import { applyEvent, type ChatState, FOLLOWED, follow, fromSnapshot, KEPT, NO_ROOM, withOlder } from "./chat-room";

const SETTINGS = NO_ROOM.settings;
const EMPTY: ChatSnapshot = { settings: SETTINGS, messages: [], pinned: null, poll: null, viewers: { count: 0, exact: true } };

const line = (number: number, author = "u1", more: Partial<Message> = {}): Message => ({
  id: String(number).padStart(6, "0"),
  author: { id: author, name: author, colour: "#ff0000", badges: [] },
  kind: "line",
  text: `line ${number}`,
  at_ms: number,
  broadcast: null,
  clock_ms: null,
  reply_to: null,
  mentions: [],
  reactions: {},
  ...more,
});
const ids = (state: ChatState) => state.lines.map(({ id }) => Number(id));
const say = (state: ChatState, from: number, to: number) => {
  let after = state;
  for (let number = from; number <= to; number += 1) after = applyEvent(after, { type: "said", message: line(number) });
  return after;
};

it("shows lines by id, whenever they come, each once", () => {
  let state = fromSnapshot(NO_ROOM, { ...EMPTY, messages: [line(1), line(3)] });
  state = applyEvent(state, { type: "said", message: line(2) });
  state = applyEvent(state, { type: "said", message: line(2) });
  expect(ids(state)).toEqual([1, 2, 3]);
});

it("takes deleted lines away, and what others quote of them", () => {
  const quoting = line(2, "u2", { reply_to: { id: "000001", name: "u1", excerpt: "line 1", author: "u1" } });
  const state = applyEvent(fromSnapshot(NO_ROOM, { ...EMPTY, messages: [line(1), quoting], pinned: line(1) }), {
    type: "deleted",
    ids: ["000001"],
    by: "moderator",
  });
  expect(ids(state)).toEqual([2]);
  expect(state.lines[0]?.reply_to).toBeNull();
  expect(state.pinned).toBeNull();
});

it("clears one person's lines, or all, up to a moment", () => {
  const state = fromSnapshot(NO_ROOM, { ...EMPTY, messages: [line(1), line(2, "u2"), line(3), line(4)] });
  expect(ids(applyEvent(state, { type: "cleared", user: "u1", before: "000003" }))).toEqual([2, 4]);
  expect(ids(applyEvent(state, { type: "cleared", user: null, before: "000003" }))).toEqual([4]);
});

it("keeps a bounded number of lines while the end is followed", () => {
  const state = say(fromSnapshot(NO_ROOM, { ...EMPTY, messages: [line(0)] }), 1, FOLLOWED + 50);
  expect(state.lines.length).toBe(FOLLOWED);
  expect(ids(state).at(-1)).toBe(FOLLOWED + 50);
  expect(state.complete).toBe(false);
});

it("keeps what is read while the person has scrolled up, and counts what comes", () => {
  let state = say(NO_ROOM, 1, 10);
  state = say(follow(state, false), 11, 400);
  expect(ids(state)[0]).toBe(1);
  expect(state.unseen).toBe(390);
  state = follow(state, true);
  expect(state.unseen).toBe(0);
  expect(state.lines.length).toBe(FOLLOWED);
});

it("stays bounded however long the person reads, and goes on to the end without a hidden hole", () => {
  let state = say(follow(say(NO_ROOM, 1, 10), false), 11, KEPT + 1000);
  expect(state.lines.length).toBe(KEPT);
  expect(state.ahead.length).toBe(200);
  expect(state.unseen).toBe(KEPT + 990);
  state = follow(state, true);
  const shown = ids(state);
  expect(shown.at(-1)).toBe(KEPT + 1000);
  expect(shown.every((id, index) => index === 0 || id === (shown[index - 1] as number) + 1)).toBe(true);
});

it("deletes also what waits beyond the hole", () => {
  const state = say(follow(say(NO_ROOM, 1, 10), false), 11, KEPT + 100);
  const after = applyEvent(state, { type: "cleared", user: "u1", before: "999999" });
  expect([after.lines.length, after.ahead.length]).toEqual([0, 0]);
});

it("puts older lines before those it has, without doubles", () => {
  const state = withOlder(follow(fromSnapshot(NO_ROOM, { ...EMPTY, messages: [line(5), line(6)] }), false), [line(3), line(4), line(5)], true);
  expect(ids(state)).toEqual([3, 4, 5, 6]);
  expect(state.complete).toBe(true);
});

it("counts the lines of a fresh snapshot that were not seen", () => {
  const state = follow(say(NO_ROOM, 1, 5), false);
  const fresh = fromSnapshot(state, { ...EMPTY, messages: [line(4), line(5), line(6), line(7)] });
  expect(fresh.unseen).toBe(2);
});

/** The server's room as docs/protocol.md has it, deliberately plain: every line ever said, and what was done since. */
class Model {
  readonly messages: Message[] = [];
  pinned: Message | null = null;
  settings = SETTINGS;

  apply(event: ChatEvent): void {
    switch (event.type) {
      case "said":
        this.messages.push(event.message);
        break;
      case "deleted":
        this.#remove((message) => event.ids.includes(message.id), (id) => event.ids.includes(id));
        break;
      case "cleared":
        this.#remove(
          (message) => message.id <= event.before && (event.user === null || message.author?.id === event.user),
          (id, author) => id <= event.before && (event.user === null || author === event.user),
        );
        break;
      case "reacted":
        for (const [index, message] of this.messages.entries()) if (message.id === event.id) this.messages[index] = { ...message, reactions: event.reactions };
        if (this.pinned?.id === event.id) this.pinned = { ...this.pinned, reactions: event.reactions };
        break;
      case "pinned":
        this.pinned = event.message;
        break;
      case "settings":
        this.settings = event.settings;
        break;
      default:
        break;
    }
  }

  #remove(gone: (message: Message) => boolean, quoted: (id: string, author: string | null) => boolean): void {
    const kept = this.messages.filter((message) => !gone(message));
    this.messages.splice(0, Infinity, ...kept.map((message) => unquoted(message, quoted)));
    if (this.pinned !== null) this.pinned = gone(this.pinned) ? null : unquoted(this.pinned, quoted);
  }

  snapshot(): ChatSnapshot {
    return { ...EMPTY, settings: this.settings, messages: this.messages.slice(-100), pinned: this.pinned };
  }
}

function unquoted(message: Message, quoted: (id: string, author: string | null) => boolean): Message {
  const { reply_to: reply } = message;
  return reply !== null && quoted(reply.id, reply.author ?? null) ? { ...message, reply_to: null } : message;
}

/** A small generator of numbers, so that a failing run can be run again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("a snapshot and the events after it", () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))("say what a fresh snapshot says (seed %i)", (seed) => {
    const upTo = numbers(seed + 1);
    const model = new Model();
    let next = 0;
    const event = (): ChatEvent => {
      const some = () => model.messages[upTo(Math.max(1, model.messages.length))]?.id ?? "000000";
      switch (upTo(9)) {
        case 0:
          return { type: "deleted", ids: [some(), some()], by: "moderator" };
        case 1:
          return { type: "cleared", user: upTo(4) === 0 ? null : `u${upTo(4)}`, before: some() };
        case 2:
          return { type: "reacted", id: some(), reactions: { "👏": upTo(9) } };
        case 3:
          return { type: "pinned", message: model.messages.find(({ id }) => id === some()) ?? null };
        case 4:
          return { type: "settings", settings: { ...SETTINGS, slow_mode_s: upTo(60) } };
        default: {
          next += 1;
          const quoted = upTo(3) === 0 ? model.messages.find(({ id }) => id === some()) : undefined;
          const reply = quoted?.author ? { id: quoted.id, name: quoted.author.name, excerpt: quoted.text, author: quoted.author.id } : null;
          return { type: "said", message: line(next, `u${upTo(4)}`, { reply_to: reply }) };
        }
      }
    };
    const happen = () => {
      const happened = event();
      model.apply(happened);
      return happened;
    };
    for (let step = 0; step < 30; step += 1) happen();
    let state = fromSnapshot(NO_ROOM, model.snapshot());
    for (let step = 0; step < 60; step += 1) state = applyEvent(state, happen());
    const fresh = fromSnapshot(NO_ROOM, model.snapshot());
    expect(state.lines).toEqual(fresh.lines);
    expect(state.pinned).toEqual(fresh.pinned);
    expect(state.settings).toEqual(fresh.settings);
  });
});
