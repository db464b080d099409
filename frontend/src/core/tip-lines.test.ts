import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/chat";
import type { PendingTip, Tip } from "../protocol/tips";
import { withoutPeople, withTips } from "./tip-lines";

const line = (atMs: number) => ({ id: `line${atMs}`, at_ms: atMs }) as Message;
const tip = (id: number, atMs: number) => ({ id: String(id), at_ms: atMs, state: "seen" }) as Tip;
const pending = (transaction: string, atMs: number) => ({ transaction, at_ms: atMs, state: "pending" }) as PendingTip;
const lines = [line(10), line(20), line(30)];
const here = { complete: true, cut: false };

function ids(found: readonly { id: string }[]): string[] {
  return found.map(({ id }) => id);
}

describe("a chat with tips", () => {
  it("is the same list while there are none", () => {
    expect(withTips(lines, { recent: [], pending: [] }, here)).toBe(lines);
  });

  it("has them in the order of time", () => {
    const tips = { recent: [tip(1, 5), tip(2, 20), tip(3, 25)], pending: [pending("0xa", 21), pending("0xb", 40)] };
    expect(ids(withTips(lines, tips, here))).toEqual(["tip:1", "line10", "line20", "tip:2", "tip:0xa", "tip:3", "line30", "tip:0xb"]);
  });

  it("leaves out those that belong to lines that are not here", () => {
    const tips = { recent: [tip(1, 5), tip(2, 15), tip(3, 35)], pending: [] };
    expect(ids(withTips(lines, tips, { complete: false, cut: true }))).toEqual(["line10", "tip:2", "line20", "line30"]);
  });

  it("leaves out those of people whom somebody does not want to see", () => {
    const of = (user: string | null) => ({ ...tip(1, 5), from: { user } }) as Tip;
    const tips = { recent: [of("u1"), of("u2"), of(null)], pending: [] };
    expect(withoutPeople(tips, ["u1"]).recent).toEqual([of("u2"), of(null)]);
    expect(withoutPeople(tips)).toBe(tips);
  });

  it("has only tips when nobody has said anything", () => {
    expect(ids(withTips([], { recent: [tip(1, 5)], pending: [pending("0xa", 6)] }, here))).toEqual(["tip:1", "tip:0xa"]);
  });
});
