import { describe, expect, it } from "vitest";
import type { OverlayEvent, OverlaySettings, OverlaySnapshot } from "../protocol/overlay";
import type { Tip } from "../protocol/tips";
import { ASKED, type OverlayEffect, OverlayQueue, SPEECH_MAX_MS, WAITING } from "./overlay";
import { sampleTip } from "./overlay-words";

const SETTINGS: OverlaySettings = {
  minimum: null,
  duration_ms: 6000,
  animation: "rise",
  sound: "chime",
  volume: 0.5,
  image: "note",
  speech: false,
  speech_minimum: null,
  show_message: true,
  theme: "dark",
};

function snapshot(more: Partial<OverlaySnapshot> = {}, settings: Partial<OverlaySettings> = {}): OverlaySnapshot {
  return { channel: { name: "stage", title: "" }, settings: { ...SETTINGS, ...settings }, paused: false, muted: false, goal: null, ...more };
}

function tip(id: number, more: Partial<Tip> = {}): Tip {
  return { ...sampleTip(0, "CORE"), id: String(id), worth: { minor: id, currency: "USD" }, message: `words ${id}`, ...more };
}

const told = (id: number, more: Partial<Tip> = {}): OverlayEvent => ({ type: "overlay_tip", tip: tip(id, more) });
const kinds = (effects: readonly OverlayEffect[]) => effects.map(({ kind }) => kind);

function queue(more: Partial<OverlaySnapshot> = {}, settings: Partial<OverlaySettings> = {}): OverlayQueue {
  const made = new OverlayQueue(() => sampleTip(0, "CORE"));
  made.snapshot(snapshot(more, settings), 0);
  return made;
}

/** Ids in the order in which they come on screen from now until nothing waits. */
function screened(alerts: OverlayQueue, nowMs: number): string[] {
  const seen: string[] = [];
  let now = nowMs;
  while (alerts.shown !== null) {
    seen.push(alerts.shown.tip.id);
    now = alerts.deadlineMs as number;
    alerts.tick(now);
  }
  return seen;
}

describe("alerts", () => {
  it("come one at a time, in order, each for its time", () => {
    const alerts = queue();
    expect(kinds(alerts.event(told(1), 100))).toEqual(["ring"]);
    alerts.event(told(2), 200);
    expect([alerts.shown?.tip.id, alerts.waiting, alerts.deadlineMs]).toEqual(["1", 1, 6100]);
    expect(alerts.tick(6099)).toEqual([]);
    expect(kinds(alerts.tick(6100))).toEqual(["hush", "ring"]);
    expect(alerts.shown?.tip.id).toBe("2");
    alerts.tick(12_100);
    expect([alerts.shown, alerts.deadlineMs]).toEqual([null, null]);
  });

  it("come once, whatever a reconnect brings again", () => {
    const alerts = queue();
    alerts.event(told(1), 0);
    alerts.event(told(2), 0);
    alerts.snapshot(snapshot(), 10);
    for (const id of [1, 2, 1, 2]) alerts.event(told(id), 20);
    expect(screened(alerts, 20)).toEqual(["1", "2"]);
  });

  it("are nothing before the overlay knows its settings", () => {
    const alerts = new OverlayQueue(() => sampleTip(0, "CORE"));
    expect([alerts.event(told(1), 0), alerts.signal("test", 0), alerts.shown]).toEqual([[], [], null]);
  });

  it("need the minimum, which can change while they wait; what nobody can value passes", () => {
    const alerts = queue({}, { minimum: { minor: 5 } });
    for (const id of [4, 5, 6]) alerts.event(told(id), 0);
    alerts.event(told(9, { worth: null }), 0);
    expect([alerts.shown?.tip.id, alerts.waiting]).toEqual(["5", 2]);
    alerts.event({ type: "overlay_settings", settings: { ...SETTINGS, minimum: { minor: 7 } } }, 1);
    expect(screened(alerts, 1)).toEqual(["5", "9"]);
  });

  it("wait while paused, but what the artist asks for is shown", () => {
    const alerts = queue({ paused: true });
    alerts.event(told(1), 0);
    expect(alerts.shown).toBeNull();
    alerts.signal("test", 5);
    expect([alerts.shown?.test, alerts.shown?.tip.id]).toEqual([true, "test"]);
    alerts.tick(6005);
    expect(alerts.shown).toBeNull();
    alerts.event({ type: "overlay_state", paused: false, muted: false }, 7000);
    expect(alerts.shown?.tip.id).toBe("1");
  });

  it("leave when skipped, and come back when replayed", () => {
    const alerts = queue();
    alerts.event(told(1), 0);
    alerts.event(told(2), 0);
    expect(kinds(alerts.signal("skip", 10))).toEqual(["hush", "ring"]);
    expect(alerts.shown?.tip.id).toBe("2");
    alerts.event(told(3), 20);
    alerts.signal("replay", 30);
    expect(screened(alerts, 30)).toEqual(["2", "2", "3"]);
    expect(queue().signal("replay", 0)).toEqual([]);
  });

  it("do not pile up under a stuck key", () => {
    const alerts = queue();
    for (let each = 0; each < 40; each += 1) alerts.signal("test", 0);
    expect(screened(alerts, 0)).toHaveLength(ASKED + 1);
  });

  it("are withdrawn with their tip, on screen or waiting, also from being replayed", () => {
    const alerts = queue();
    for (const id of [1, 2, 3]) alerts.event(told(id), 0);
    alerts.event({ type: "overlay_withdrawn", id: "2" }, 1);
    expect(kinds(alerts.event({ type: "overlay_withdrawn", id: "1" }, 2))).toEqual(["hush", "ring"]);
    expect(alerts.shown?.tip.id).toBe("3");
    alerts.event({ type: "overlay_withdrawn", id: "3" }, 3);
    alerts.signal("replay", 4);
    expect(alerts.shown).toBeNull();
    // Back in the chain: the one that was never on screen is new, the others are not.
    for (const id of [1, 2, 3]) alerts.event(told(id), 5);
    expect(screened(alerts, 5)).toEqual(["2"]);
  });

  it("leave out the one that waits longest when too many wait", () => {
    const alerts = queue();
    for (let id = 0; id < WAITING + 4; id += 1) alerts.event(told(id), 0);
    const seen = screened(alerts, 0);
    expect([seen.length, seen[0], seen[1]]).toEqual([WAITING + 1, "0", "4"]);
  });

  it("show a message as moderators left it", () => {
    const alerts = queue();
    alerts.event(told(1), 0);
    alerts.event(told(2, { message: "", message_state: "held" }), 0);
    alerts.event({ type: "overlay_message", id: "1", message: "", message_state: "hidden" }, 1);
    alerts.event({ type: "overlay_message", id: "2", message: "fine", message_state: "shown" }, 1);
    expect(alerts.shown?.tip).toMatchObject({ message: "", message_state: "hidden" });
    alerts.tick(6000);
    expect(alerts.shown?.tip).toMatchObject({ message: "fine", message_state: "shown" });
  });

  it("lose their messages when nobody can tell any more whether one was hidden", () => {
    const alerts = queue();
    alerts.event(told(1), 0);
    alerts.event(told(2), 0);
    alerts.snapshot(snapshot(), 1);
    expect(alerts.shown?.tip.message).toBe("");
    alerts.tick(6000);
    expect(alerts.shown?.tip).toMatchObject({ id: "2", message: "" });
  });
});

describe("sound and speech", () => {
  it("is read aloud above its own minimum, and stays until that is over", () => {
    const alerts = queue({}, { speech: true, speech_minimum: { minor: 5 } });
    expect(kinds(alerts.event(told(4), 0))).toEqual(["ring"]);
    alerts.event(told(5), 0);
    const [, , speak] = alerts.tick(6000);
    expect(speak).toMatchObject({ kind: "speak", text: "A kind listener tipped 5 CORE. words 5" });
    alerts.tick(13_000);
    expect(alerts.shown?.tip.id).toBe("5");
    alerts.spoken(alerts.shown?.turn as number, 13_500);
    expect(alerts.shown).toBeNull();
  });

  it("cannot be held on screen by a voice that never ends", () => {
    const alerts = queue({}, { speech: true });
    alerts.event(told(1), 0);
    expect(alerts.deadlineMs).toBe(SPEECH_MAX_MS);
    alerts.tick(SPEECH_MAX_MS);
    expect(alerts.shown).toBeNull();
  });

  it("does not mind a voice that ends late", () => {
    const alerts = queue({}, { speech: true });
    alerts.event(told(1), 0);
    const turn = alerts.shown?.turn as number;
    alerts.event(told(2), 0);
    alerts.signal("skip", 10);
    alerts.spoken(turn, 20);
    expect([alerts.shown?.tip.id, alerts.deadlineMs]).toEqual(["2", 10 + SPEECH_MAX_MS]);
  });

  it("is off while muted, from the present alert on", () => {
    const alerts = queue({}, { speech: true });
    alerts.event(told(1), 0);
    expect(kinds(alerts.event({ type: "overlay_state", paused: false, muted: true }, 10))).toEqual(["hush"]);
    expect(alerts.deadlineMs).toBe(6000);
    alerts.event(told(2), 20);
    expect(kinds(alerts.tick(6000))).toEqual(["hush"]);
    expect(alerts.shown?.tip.id).toBe("2");
  });

  it("ends when the message being read is hidden", () => {
    const alerts = queue({}, { speech: true });
    alerts.event(told(1), 0);
    expect(kinds(alerts.event({ type: "overlay_message", id: "1", message: "", message_state: "hidden" }, 5))).toEqual(["hush"]);
  });
});

describe("whatever happens", () => {
  it("shows no tip twice, none below the minimum, none withdrawn, and is bounded", () => {
    for (let seed = 1; seed <= 40; seed += 1) expect(broken(seed), `seed ${seed}`).toEqual([]);
  });
});

/** A long random story; what must always hold is looked at after each step, and what does not is told. */
function broken(seed: number): string[] {
  const wrong: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what);
  };
  const random = seeded(seed);
  const alerts = queue({}, { speech: seed % 2 === 0 });
  const shownIds = new Set<string>();
  const withdrawn = new Set<string>();
  let [minimum, nowMs, turn, replays, repeats] = [0, 0, 0, 0, 0];
  for (let step = 0; step < 300; step += 1) {
    nowMs += Math.floor(random() * 2500);
    const id = Math.floor(random() * 80);
    const choice = random();
    if (choice < 0.5) {
      withdrawn.delete(String(id));
      alerts.event(told(id), nowMs);
    } else if (choice < 0.6) {
      withdrawn.add(String(id));
      alerts.event({ type: "overlay_withdrawn", id: String(id) }, nowMs);
    } else if (choice < 0.65) {
      minimum = Math.floor(random() * 20);
      alerts.event({ type: "overlay_settings", settings: { ...SETTINGS, minimum: { minor: minimum }, speech: random() < 0.5 } }, nowMs);
    } else if (choice < 0.7) alerts.snapshot(snapshot({ paused: random() < 0.3 }, { minimum: { minor: minimum } }), nowMs);
    else if (choice < 0.75) alerts.event({ type: "overlay_state", paused: random() < 0.5, muted: random() < 0.5 }, nowMs);
    else if (choice < 0.8) alerts.signal("skip", nowMs);
    else if (choice < 0.83) alerts.spoken(alerts.shown?.turn ?? 0, nowMs);
    else if (choice < 0.86) {
      replays += 1;
      alerts.signal("replay", nowMs);
    } else alerts.tick(nowMs);

    const { shown, deadlineMs, waiting } = alerts;
    must(waiting <= WAITING, "too many wait");
    must((deadlineMs === null) === (shown === null), "a deadline without an alert, or the other way round");
    if (shown === null || deadlineMs === null) continue;
    must(deadlineMs > nowMs && deadlineMs <= nowMs + SPEECH_MAX_MS, "on screen for too long");
    must(!withdrawn.has(shown.tip.id), "a withdrawn tip is on screen");
    if (shown.turn === turn) continue;
    turn = shown.turn;
    if (shownIds.has(shown.tip.id)) repeats += 1;
    else must((shown.tip.worth?.minor ?? 0) >= minimum, "below the minimum");
    shownIds.add(shown.tip.id);
    must(repeats <= replays, "shown again, and nobody asked for it");
  }
  must(shownIds.size > 10, "nothing much was shown");
  return wrong;
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
