import { describe, expect, it } from "vitest";
import { type PlayerPart, type ReplayEffect, ReplayPlayer } from "./replay-player";

const EXPIRES = 1_000_000;

function part(url: string, start_ms: number, duration_ms: number, playable = true): PlayerPart {
  return { url, start_ms, duration_ms, playable };
}

const PARTS = [part("a", 0, 10_000), part("b", 10_000, 5_000), part("c", 40_000, 5_000)];
const renewed = PARTS.map((each) => ({ ...each, url: `${each.url}2` }));

function kinds(effects: readonly ReplayEffect[]): readonly string[] {
  return effects.map(({ kind }) => kind);
}

/** With the first file there and going. */
function playing(startMs = 0): ReplayPlayer {
  const player = new ReplayPlayer();
  player.play(0);
  player.replay(PARTS, EXPIRES, startMs);
  player.ready(1);
  player.flows(1, true);
  return player;
}

describe("a replay", () => {
  it("begins where it was asked to, in the file that holds it", () => {
    const player = new ReplayPlayer();
    expect(player.view.state).toBe("empty");
    player.play(0);
    expect(player.replay(PARTS, EXPIRES, 12_000)).toEqual([{ kind: "load", turn: 1, url: "b" }]);
    expect(player.view).toMatchObject({ state: "loading", clockMs: 12_000, waiting: true });
    expect(player.ready(1)).toEqual([{ kind: "seek", offsetMs: 2_000 }, { kind: "play" }]);
    expect(player.view).toMatchObject({ state: "playing", waiting: false });
  });

  it("waits for the person when it is not wanted yet", () => {
    const player = new ReplayPlayer();
    player.replay(PARTS, EXPIRES);
    expect(kinds(player.ready(1))).toEqual(["seek"]);
    expect(player.view.state).toBe("paused");
    expect(kinds(player.play(0))).toEqual(["play"]);
  });

  it("goes through its files as if they were one, over a gap too, and ends", () => {
    const player = playing();
    player.time(1, 9_990);
    expect(player.view.clockMs).toBe(9_990);
    expect(player.finished(1, 0)).toEqual([{ kind: "load", turn: 2, url: "b" }]);
    expect(player.view.clockMs).toBe(10_000);
    player.ready(2);
    // The former file may still tell something.
    player.time(1, 5);
    player.finished(1, 0);
    expect(player.view).toMatchObject({ index: 1, clockMs: 10_000 });
    expect(player.finished(2, 0)).toEqual([{ kind: "load", turn: 3, url: "c" }]);
    expect(player.view.clockMs).toBe(40_000);
    player.ready(3);
    expect(player.finished(3, 0)).toEqual([]);
    expect(player.view).toMatchObject({ state: "ended", clockMs: 45_000, wanted: false });
    // Playing again begins anew.
    expect(player.play(0)).toEqual([{ kind: "load", turn: 4, url: "a" }]);
  });

  it("goes on with the sound where the file before left off, when that held more of it", () => {
    const player = new ReplayPlayer();
    player.play(0);
    player.replay([part("a", 0, 10_700), part("b", 10_000, 5_000)], EXPIRES);
    player.ready(1);
    player.finished(1, 0);
    expect(player.ready(2)).toEqual([{ kind: "seek", offsetMs: 700 }, { kind: "play" }]);
  });

  it("seeks within a file without loading it again, and in another one by loading it", () => {
    const player = playing();
    expect(player.seek(3_000, 0)).toEqual([{ kind: "seek", offsetMs: 3_000 }, { kind: "play" }]);
    expect(player.seek(41_000, 0)).toEqual([{ kind: "load", turn: 2, url: "c" }]);
    // While it comes, the place may change again.
    expect(player.seek(42_000, 0)).toEqual([]);
    expect(player.ready(2)).toEqual([{ kind: "seek", offsetMs: 2_000 }, { kind: "play" }]);
    expect(player.seek(-5, 0)).toEqual([{ kind: "load", turn: 3, url: "a" }]);
    expect(player.seek(999_999, 0)).toEqual([{ kind: "load", turn: 4, url: "c" }]);
    expect(player.view.clockMs).toBe(45_000);
  });

  it("is not caught at a gap when somebody goes back step by step", () => {
    const player = playing(41_000);
    let clockMs = player.view.clockMs;
    for (let step = 0; step < 12 && clockMs > 0; step += 1) {
      player.seek(clockMs - 5_000, 0);
      expect(player.view.clockMs).toBeLessThan(clockMs);
      clockMs = player.view.clockMs;
    }
    expect(clockMs).toBe(0);
  });

  it("stays paused where somebody seeks while it is paused", () => {
    const player = playing();
    expect(kinds(player.pause())).toEqual(["pause"]);
    expect(kinds(player.seek(2_000, 0))).toEqual(["seek"]);
    expect(player.view).toMatchObject({ state: "paused", clockMs: 2_000 });
  });
});

describe("addresses that have expired", () => {
  it("are asked for again when a file fails, and playing goes on at its place", () => {
    const player = playing();
    player.time(1, 4_000);
    expect(player.failed(1, "network")).toEqual([{ kind: "refresh" }]);
    expect(player.view).toMatchObject({ state: "loading", waiting: true, clockMs: 4_000 });
    expect(player.replay(renewed, 2 * EXPIRES, 0)).toEqual([{ kind: "load", turn: 2, url: "a2" }]);
    expect(player.ready(2)).toEqual([{ kind: "seek", offsetMs: 4_000 }, { kind: "play" }]);
  });

  it("may have expired before the first file came, such as in a tab that slept", () => {
    const player = new ReplayPlayer();
    player.play(0);
    player.replay(PARTS, EXPIRES, 4_000);
    expect(player.failed(1, "network")).toEqual([{ kind: "refresh" }]);
    expect(player.replay(renewed, 2 * EXPIRES)).toEqual([{ kind: "load", turn: 2, url: "a2" }]);
    expect(player.view.clockMs).toBe(4_000);
  });

  it("are not even tried when it is time", () => {
    const player = playing();
    expect(player.seek(41_000, EXPIRES)).toEqual([{ kind: "refresh" }]);
    expect(player.seek(42_000, EXPIRES)).toEqual([]);
    player.time(1, 5);
    expect(player.replay(renewed, 2 * EXPIRES)).toEqual([{ kind: "load", turn: 2, url: "c2" }]);
    expect(player.view.clockMs).toBe(42_000);
    player.ready(2);
    const next = playing();
    expect(next.finished(1, EXPIRES)).toEqual([{ kind: "refresh" }]);
    expect(next.replay(renewed, 2 * EXPIRES)).toEqual([{ kind: "load", turn: 2, url: "b2" }]);
  });

  it("are not asked for over and over: with new ones, the file itself is the matter", () => {
    const network = playing();
    network.failed(1, "network");
    network.replay(renewed, 2 * EXPIRES);
    expect(network.failed(2, "network")).toEqual([{ kind: "unload" }]);
    expect(network.view.state).toBe("unreachable");
    expect(network.retry()).toEqual([{ kind: "refresh" }]);
    expect(network.view.state).toBe("loading");

    const format = playing();
    format.failed(1, "format");
    format.replay(renewed, 2 * EXPIRES);
    format.failed(2, "format");
    expect(format.view.state).toBe("unplayable");
    expect(format.retry()).toEqual([]);
  });

  it("cannot always be had: it says so, keeps the place, and goes on when it is tried again", () => {
    const player = playing();
    player.time(1, 4_000);
    player.failed(1, "network");
    player.refreshFailed();
    expect(player.view).toMatchObject({ state: "unreachable", clockMs: 4_000 });
    expect(player.play(0)).toEqual([{ kind: "refresh" }]);
    expect(player.replay(renewed, 2 * EXPIRES)).toEqual([{ kind: "load", turn: 2, url: "a2" }]);
    expect(player.ready(2)).toEqual([{ kind: "seek", offsetMs: 4_000 }, { kind: "play" }]);
  });
});

describe("a part that this browser cannot play", () => {
  const mixed = [part("a", 0, 10_000), part("b", 10_000, 5_000, false), part("c", 15_000, 5_000)];

  it("is said to be one, and the others are played", () => {
    const player = new ReplayPlayer();
    player.play(0);
    player.replay(mixed, EXPIRES);
    player.ready(1);
    expect(player.finished(1, 0)).toEqual([{ kind: "unload" }]);
    expect(player.view).toMatchObject({ state: "unplayable", clockMs: 10_000, waiting: false });
    expect(kinds(player.seek(16_000, 0))).toEqual(["load"]);
    expect(player.view.state).toBe("loading");
  });
});

it("lets the browser forbid playing", () => {
  const player = playing();
  player.blocked();
  expect(player.view.state).toBe("paused");
});
