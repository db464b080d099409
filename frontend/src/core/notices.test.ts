import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/chat";
import { type Notices, NOTICES_MAX, noticeOf, readNotices, withNotice, withoutChannel, writeNotices } from "./notices";

const message = (id: string): Message => ({
  id,
  author: { id: "u1", name: "Nina", colour: "#ffffff", badges: [] },
  kind: "line",
  text: "hello @Ella",
  at_ms: 5,
  broadcast: null,
  clock_ms: null,
  reply_to: null,
  mentions: [],
  reactions: {},
});
const mention = (id: string, channel = "stage") => noticeOf({ type: "mentioned", channel, message: message(id) }, 9);

describe("notices", () => {
  it("tell who mentioned the person, where and when", () => {
    expect(mention("m1")).toEqual({ kind: "mention", id: "m1", channel: "stage", atMs: 5, from: "Nina", text: "hello @Ella" });
  });

  it("tell only the last of what became of somebody's access to a chat", () => {
    const out = noticeOf({ type: "restricted", channel: "stage", kind: "timeout", until_ms: 60_000, reason: "" }, 1);
    const back = noticeOf({ type: "released", channel: "stage" }, 2);
    expect(withNotice(withNotice([mention("m1")], out), back).map(({ kind }) => kind)).toEqual(["released", "mention"]);
  });

  it("are the same one in every tab, and never more than so many", () => {
    let notices: Notices = [];
    for (let number = 0; number < 60; number += 1) notices = withNotice(notices, mention(`m${number}`));
    notices = withNotice(notices, mention("m59"));
    expect(notices).toHaveLength(NOTICES_MAX);
    expect(notices[0]?.id).toBe("m59");
  });

  it("go with a visit to their channel", () => {
    const notices = [mention("m2", "hall"), mention("m1")];
    expect(withoutChannel(notices, new Set(["stage"]))).toEqual([mention("m2", "hall")]);
    expect(withoutChannel(notices, new Set(["elsewhere"]))).toBe(notices);
  });

  it.each([null, "", "{", "[]", '{"user":"u2","notices":[]}', '{"user":"u1","notices":[{"kind":"mention","id":"m"}, 3]}'])("take nothing from storage that they did not write: %s", (stored) => {
    expect(readNotices(stored, "u1")).toEqual([]);
  });

  it("come back from storage to the one they are for", () => {
    const stored = writeNotices([mention("m1")], "u1");
    expect(readNotices(stored, "u1")).toEqual([mention("m1")]);
    expect(readNotices(stored, "u2")).toEqual([]);
  });
});
