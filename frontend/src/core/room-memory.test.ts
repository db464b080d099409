import { describe, expect, it } from "vitest";
import { KEPT, RoomMemory, type RoomNews } from "./room-memory";

const snapshot = (value: unknown): RoomNews => ({ kind: "snapshot", room: "stage", snapshot: value });
const event = (type: string): RoomNews => ({ kind: "event", room: "stage", data: { type } });
const you = (value: unknown): RoomNews => ({ kind: "you", room: "stage", you: value });

describe("what a room has told", () => {
  it("is nothing at first, and that is known", () => {
    expect(new RoomMemory().recall()).toEqual([]);
  });

  it("is the last snapshot, what came since, and who one is there", () => {
    const memory = new RoomMemory();
    for (const news of [snapshot(1), event("a"), you("guest"), snapshot(2), event("b"), you("owner")]) memory.note(news);
    expect(memory.recall()).toEqual([snapshot(2), event("b"), you("owner")]);
  });

  it("is given up when it becomes much, until the next snapshot", () => {
    const memory = new RoomMemory();
    memory.note(snapshot(1));
    for (let each = 0; each < KEPT; each += 1) memory.note(event("a"));
    expect(memory.recall()).toBeNull();
    memory.note(event("b"));
    expect(memory.recall()).toBeNull();
    memory.note(snapshot(2));
    expect(memory.recall()).toEqual([snapshot(2)]);
  });
});
