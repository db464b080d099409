import { describe, expect, it } from "vitest";
import type { Recording } from "../protocol/recordings";
import { bytesWords, changes, keepWords, lossWords, movedShare, NEW_VISIBILITY_WORDS, nextWords, troubleWords, VISIBILITY_WORDS } from "./recording-words";

const READY: Recording = {
  id: "r1",
  broadcast: 1,
  broadcast_began_at: "",
  started_at: "",
  ended_at: "",
  state: "ready",
  visibility: "private",
  trouble: null,
  duration_ms: 60_000,
  size_bytes: 2_000_000,
  parts: [],
  previews: { loudness_lufs: -14 },
  title: "",
  stored: "here",
  moved_bytes: 0,
  store_trouble: null,
  replay: "/miles/replays/r1",
  unfinished_for: null,
};

describe("how a recording stands", () => {
  it.each([
    ["done", {}, "", false],
    ["in the store", { stored: "store" }, "", false],
    ["going on", { state: "recording" }, "Recording now.", true],
    ["being finished", { state: "finishing" }, "Being finished", true],
    ["without room to be finished", { state: "finishing", unfinished_for: "no_room" }, "too little room to finish it", true],
    ["that cannot be finished yet", { state: "finishing", unfinished_for: "failed" }, "Its files could not be finished yet", true],
    ["without pictures yet", { previews: null }, "Ready. Its pictures", true],
    ["on its way to the store", { stored: "moving", moved_bytes: 500_000 }, "Being moved to the store: 500 kB of 2.0 MB.", true],
    ["with a store that is away", { stored: "moving", store_trouble: "unreachable" }, "The store cannot be reached. The recording stays", true],
    ["with a store in a trouble nobody knows", { stored: "here", store_trouble: "asleep" }, "It could not be moved", true],
    ["with nothing in it", { state: "empty" }, "Nothing came", false],
  ] as const)("%s", (_, change, words, soon) => {
    const recording = { ...READY, ...change };
    expect(nextWords(recording)).toMatch(words === "" ? /^$/ : words);
    expect(changes(recording)).toBe(soon);
  });

  it("says how much of it was moved", () => {
    expect(movedShare({ ...READY, stored: "moving", moved_bytes: 500_000 })).toBe(0.25);
    expect(movedShare(READY)).toBeNull();
  });
});

it("says what went wrong in plain words, also what it does not know", () => {
  expect(troubleWords("disk_full")).toContain("disk is full");
  expect(troubleWords("quota_reached")).toContain("Delete older ones");
  expect(troubleWords("out_of_tape")).toContain("out of tape");
  expect(troubleWords(null)).toBe("");
  expect(lossWords(0, 0)).toBe("");
  expect(lossWords(1, 1200)).toBe("1 packet lost on the way, 1,200 pictures left out");
});

it("says of every choice what becomes of new recordings", () => {
  expect(Object.keys(NEW_VISIBILITY_WORDS)).toEqual(Object.keys(VISIBILITY_WORDS));
  expect(NEW_VISIBILITY_WORDS.private).toContain("Nobody but you");
});

it("writes sizes and rules", () => {
  expect([900, 850_000, 12_345_678, 4_560_000_000].map(bytesWords)).toEqual(["1 kB", "850 kB", "12.3 MB", "4.56 GB"]);
  expect([null, 0, 1, 30].map(keepWords)).toEqual([
    "As this server does",
    "Keep until I delete them",
    "Delete after 1 day",
    "Delete after 30 days",
  ]);
});
