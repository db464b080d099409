import { describe, expect, it } from "vitest";
import type { Tip } from "../protocol/tips";
import { ALONE_MS, CROWDED_MS, TipShow, WAITING } from "./tip-show";

const tip = (id: number) => ({ id: String(id), message: "hi", message_state: "shown" }) as Tip;

function shown(show: TipShow): string | undefined {
  return show.shown?.tip.id;
}

describe("tips over the picture", () => {
  it("are shown one after the other, quicker while others wait", () => {
    const show = new TipShow();
    for (const each of [1, 2, 3]) show.seen(tip(each), 0);
    expect([shown(show), show.deadlineMs]).toEqual(["1", ALONE_MS]);
    show.tick(ALONE_MS - 1);
    expect(shown(show)).toBe("1");
    show.tick(ALONE_MS);
    expect([shown(show), show.deadlineMs]).toEqual(["2", ALONE_MS + CROWDED_MS]);
    show.tick(ALONE_MS + CROWDED_MS);
    expect(shown(show)).toBe("3");
    show.tick(2 * ALONE_MS + CROWDED_MS);
    expect([shown(show), show.deadlineMs]).toEqual([undefined, null]);
  });

  it("are shown once, also when told again", () => {
    const show = new TipShow();
    show.seen(tip(1), 0);
    show.seen(tip(1), 1);
    show.tick(ALONE_MS);
    show.seen(tip(1), ALONE_MS);
    expect(shown(show)).toBeUndefined();
  });

  it("vanish when the chain drops them, and come back when it takes them again", () => {
    const show = new TipShow();
    for (const each of [1, 2, 3]) show.seen(tip(each), 0);
    show.withdrawn("2", 10);
    show.withdrawn("1", 10);
    expect([shown(show), show.waiting]).toEqual(["3", 0]);
    show.seen(tip(2), 20);
    expect(show.waiting).toBe(1);
  });

  it("follow what becomes of their message", () => {
    const show = new TipShow();
    show.seen(tip(1), 0);
    show.seen(tip(2), 0);
    show.message("1", "", "hidden");
    show.message("2", "", "held");
    expect(show.shown?.tip.message_state).toBe("hidden");
    show.tick(ALONE_MS);
    expect(show.shown?.tip).toMatchObject({ id: "2", message_state: "held" });
  });

  it("do not wait without end: the one that waits longest is left out", () => {
    const show = new TipShow();
    for (let each = 0; each <= WAITING + 2; each += 1) show.seen(tip(each), 0);
    expect([shown(show), show.waiting]).toEqual(["0", WAITING]);
    show.tick(ALONE_MS);
    expect(shown(show)).toBe("3");
  });
});
