import { beforeEach, describe, expect, it } from "vitest";
import type { ClientCommand, Joined } from "../protocol/events";
import { EventQuestions } from "./event-questions";
import { EventRooms } from "./event-rooms";
import type { EventsEffect } from "./event-types";

describe("EventRooms", () => {
  let sent: ClientCommand[];
  let effects: EventsEffect[];
  let questions: EventQuestions;
  let rooms: EventRooms;
  beforeEach(() => {
    sent = [];
    effects = [];
    questions = new EventQuestions((command) => sent.push(command));
    rooms = new EventRooms(questions, (effect) => effects.push(effect));
  });
  const joined = (id: number, room: string): Joined => ({ type: "joined", id, room, epoch: "a", offset: 3, recovered: false, snapshot: {} });
  const enter = (name: string) => {
    rooms.enter(name);
    rooms.join(name, 0);
    return sent.at(-1)?.id ?? 0;
  };

  it("waits for no answer to a join once the person has left the room", () => {
    const id = enter("stage");
    rooms.exit("stage", true, 0);
    expect(sent.at(-1)).toMatchObject({ type: "leave", room: "stage" });
    expect(questions.oldestAtMs).toBeNull();
    rooms.enter("stage");
    expect(rooms.joined(joined(id, "stage"), 0)).toBe(false);
    expect(effects).toEqual([]);
  });

  it("goes by the last join only", () => {
    const first = enter("stage");
    rooms.join("stage", 0);
    expect(rooms.joined(joined(first, "stage"), 0)).toBe(false);
    expect(rooms.joined(joined(first + 1, "stage"), 0)).toBe(true);
    expect(rooms.inside("stage")).toBe(true);
  });

  it("joins for one gap once, however many events come beyond it", () => {
    rooms.joined(joined(enter("stage"), "stage"), 0);
    for (const offset of [6, 7, 8]) rooms.event("stage", { offset, data: { type: "said" } }, 0);
    expect(sent.filter(({ type }) => type === "join")).toHaveLength(2);
    expect(effects.map(({ kind }) => kind)).toEqual(["snapshot"]);
  });

  it("takes a room that was closed in passing for one to join anew, any other for closed", () => {
    rooms.joined(joined(enter("stage"), "stage"), 0);
    rooms.joined(joined(enter("hall"), "hall"), 0);
    expect(rooms.closed("stage", "storage_unavailable", 100)).toBe(false);
    expect(rooms.closed("hall", "banned", 100)).toBe(true);
    expect([rooms.open("stage"), rooms.open("hall")]).toEqual([true, false]);
    expect(rooms.deadlineMs).toBe(2100);
    rooms.joinDue(2100);
    expect(sent.at(-1)).toEqual({ type: "join", id: 3, room: "stage" });
  });

  it("needs the connection for a while longer than the last room", () => {
    enter("stage");
    enter("hall");
    rooms.exit("stage", false, 0);
    expect(rooms.unneededAtMs).toBeNull();
    rooms.exit("hall", false, 100);
    expect(rooms.unneededAtMs).toBe(5100);
    rooms.enter("stage");
    expect(rooms.unneededAtMs).toBeNull();
  });
});
