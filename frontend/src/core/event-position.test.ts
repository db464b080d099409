import { describe, expect, it } from "vitest";
import type { RoomEvent } from "../protocol/events";
import { EventPosition } from "./event-position";

const event = (offset: number): RoomEvent => ({ offset, data: { type: `e${offset}` } });
const at = (offset: number): EventPosition => {
  const position = new EventPosition();
  position.begin("a", offset);
  return position;
};

describe("EventPosition", () => {
  it("has nothing to say of a room that was never entered, and takes no event of it", () => {
    const position = new EventPosition();
    expect(position.fields).toEqual({});
    expect(position.meet(event(1))).toBe("gap");
    expect(position.recover("", 0, [])).toBeNull();
  });

  it("goes on by one, passes over doubles and stops at a gap", () => {
    const position = at(4);
    expect([5, 5, 3, 7, 6].map((offset) => position.meet(event(offset)))).toEqual(["next", "double", "double", "gap", "next"]);
    expect(position.fields).toEqual({ epoch: "a", offset: 6 });
  });

  it("takes what was missed without what it had", () => {
    const position = at(4);
    expect(position.recover("a", 6, [event(4), event(5), event(6)])).toEqual([event(5), event(6)]);
    expect(position).toMatchObject({ recoveries: 1, resets: 0 });
  });

  it.each<[string, string, number, readonly RoomEvent[]]>([
    ["has a hole", "a", 7, [event(5), event(7)]],
    ["ends too early", "a", 7, [event(5), event(6)]],
    ["is of another epoch", "b", 5, [event(5)]],
  ])("stays where it is when the answer %s", (_, epoch, offset, events) => {
    const position = at(4);
    expect(position.recover(epoch, offset, events)).toBeNull();
    expect(position.fields).toEqual({ epoch: "a", offset: 4 });
  });

  it("counts a snapshot as a reset only when it replaces something", () => {
    const position = at(4);
    position.begin("b", 1);
    position.forget();
    position.begin("c", 1);
    expect(position.resets).toBe(1);
  });
});
