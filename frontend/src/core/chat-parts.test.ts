import { describe, expect, it } from "vitest";
import type { You } from "../protocol/chat";
import { Announcer } from "./announcer";
import { NO_ROOM } from "./chat-room";
import { barrierOf, errorWords, modesOf, spanWords } from "./chat-words";
import { CONTRAST, contrast, GROUND, parse, readable } from "./colour";
import { failed, sending, settled, shown, SLOW_MS } from "./outbox";

const YOU: You = {
  role: "user",
  id: "u1",
  name: "Ella",
  may: { say: true, moderate: false, settings: false },
  refusal: null,
  say_again_at_ms: null,
  ignored: [],
  voted: null,
  reacted: {},
};

describe("colours of names", () => {
  it.each(["#000000", "#0000ff", "#8b0000", "#ffffff", "#00ff00", "#251f19", "#7f7f7f", "#ff00ff"])("can be read: %s", (colour) => {
    const shownAs = parse(readable(colour));
    expect(shownAs).not.toBeNull();
    expect(contrast(shownAs ?? [0, 0, 0], GROUND)).toBeGreaterThanOrEqual(CONTRAST);
  });

  it("are left alone when they can be, and never more than a colour", () => {
    expect(readable("#ffcc00")).toBe("#ffcc00");
    expect(readable("url(x)")).toBe("inherit");
  });
});

describe("what screen readers hear", () => {
  const heard = (name: string, text: string, mentions = false) => ({ name, text, mentions });

  it("is every line while it is quiet", () => {
    const announcer = new Announcer();
    announcer.hear(heard("Ella", "hello"));
    expect(announcer.say(0)).toBe("Ella: hello");
    expect(announcer.deadlineMs).toBeNull();
  });

  it("is a number when there is much, but mentions always", () => {
    const announcer = new Announcer();
    announcer.hear(heard("Ella", "hello"));
    announcer.say(0);
    for (let index = 0; index < 50; index += 1) announcer.hear(heard("Bob", `line ${index}`));
    announcer.hear(heard("Miles", "@you come up", true));
    expect(announcer.say(100)).toBe("");
    expect(announcer.deadlineMs).toBe(4000);
    expect(announcer.say(4000)).toBe("Miles mentions you: @you come up. 50 more new messages");
  });
});

describe("one's own lines", () => {
  const line = { key: "k1", text: "hi", replyTo: null };

  it("are shown as on their way only when it takes long", () => {
    const outbox = sending([], line, 1000);
    expect(shown(outbox, 1000 + SLOW_MS - 1)).toEqual([]);
    expect(shown(outbox, 1000 + SLOW_MS)).toHaveLength(1);
  });

  it("stay when they failed, until they are sent again or given up", () => {
    let outbox = failed(sending([], line, 0), "k1", "Too fast.");
    expect(shown(outbox, 0)).toMatchObject([{ state: "failed", why: "Too fast." }]);
    outbox = sending(outbox, line, 10);
    expect(outbox).toMatchObject([{ key: "k1", state: "sending" }]);
    expect(settled(outbox, "k1")).toEqual([]);
  });
});

describe("why one cannot write", () => {
  const settings = NO_ROOM.settings;

  it("is nothing for those who can", () => {
    expect(barrierOf(YOU, settings, 0)).toBeNull();
  });

  it("leads those who are not signed in to signing in", () => {
    expect(barrierOf({ ...YOU, role: "anonymous", may: { ...YOU.may, say: false } }, settings, 0)?.signIn).toBe(true);
  });

  it("tells how long a time-out lasts, and ends with it", () => {
    const you = { ...YOU, refusal: { code: "timed_out", detail: "you are timed out: calm down", until_ms: 61_000 } };
    expect(barrierOf(you, settings, 1000)?.words).toBe("You can write again in 60 seconds. The moderator says: “calm down”");
    expect(barrierOf(you, settings, 61_000)).toBeNull();
  });

  it("asks to follow, and for how long", () => {
    const you = { ...YOU, refusal: { code: "followers_only", detail: "", until_ms: null } };
    expect(barrierOf(you, { ...settings, followers_only_s: 600 }, 0)?.words).toBe("Follow this channel to write; you can begin 10 minutes after.");
  });
});

it("puts refusals into words", () => {
  expect(errorWords({ type: "error", code: "slow_mode", detail: "x", retry_after_ms: 2500 })).toBe("Slow mode: you can write again in 3 seconds.");
  expect(errorWords({ type: "error", code: "not_unique", detail: "you said this already" })).toBe("You said this already.");
});

it.each([
  [400, "1 second"],
  [59_000, "59 seconds"],
  [600_000, "10 minutes"],
  [3 * 3_600_000, "3 hours"],
  [7 * 86_400_000, "7 days"],
])("says how long %i ms are", (ms, words) => {
  expect(spanWords(ms)).toBe(words);
});

it("names what a room asks of everyone", () => {
  expect(modesOf({ ...NO_ROOM.settings, slow_mode_s: 30, emote_only: true })).toEqual(["Slow mode, 30 seconds", "Emoji only"]);
});
