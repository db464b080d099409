import { beforeEach, describe, expect, it } from "vitest";
import type { ClientCommand, ServerMessage } from "../protocol/events";
import type { EventsEffect, EventsInput } from "./event-types";
import { EventsCore, UNKNOWN, UNSUPPORTED } from "./events";

const WELCOME: ServerMessage = { type: "welcome", version: 1, connection: "c1", user: null, ping_interval_ms: 25_000 };
const said = (offset: number): ServerMessage => ({ type: "event", room: "stage", offset, data: { type: `e${offset}` } });

describe("EventsCore", () => {
  let core: EventsCore;
  let sent: ClientCommand[];
  let others: EventsEffect[];
  beforeEach(() => {
    core = new EventsCore(() => 0);
    sent = [];
    others = [];
  });

  const feed = (input: EventsInput, nowMs = 0) => {
    for (const effect of core.handle(input, nowMs)) {
      if (effect.kind === "transmit") sent.push(effect.command);
      else others.push(effect);
    }
  };
  const receive = (...messages: ServerMessage[]) => feed({ kind: "messages", attempt: core.attempt, messages });
  const close = (code: number, nowMs = 0) => feed({ kind: "closed", attempt: core.attempt, code }, nowMs);
  const last = <T extends ClientCommand["type"]>(type: T) => sent.filter((each) => each.type === type).at(-1) as ClientCommand & Record<string, unknown>;
  const join = (offset = 0) => {
    feed({ kind: "enter", room: "stage" });
    receive(WELCOME);
    receive({ type: "joined", id: last("join").id, room: "stage", epoch: "a", offset, recovered: false, snapshot: { at: offset } });
  };
  const took = (kind: EventsEffect["kind"]) => others.filter((effect) => effect.kind === kind);
  const events = () => took("event").map((effect) => (effect.kind === "event" ? effect.data.type : ""));
  const say = (ticket: number, again = true, nowMs = 0) =>
    feed({ kind: "command", ticket, command: { type: "say", room: "stage", text: "hi", key: `k${ticket}` }, again }, nowMs);

  it("connects for the first room, and joins it once welcomed", () => {
    feed({ kind: "enter", room: "stage" });
    expect(others).toEqual([{ kind: "connect", attempt: 1 }]);
    expect(sent).toEqual([]);
    receive(WELCOME);
    expect(sent).toEqual([{ type: "join", id: 1, room: "stage" }]);
  });

  it("passes on the snapshot, then events in order, each once", () => {
    join(4);
    receive(said(5), said(6), said(6), said(4));
    expect(took("snapshot")).toEqual([{ kind: "snapshot", room: "stage", snapshot: { at: 4 } }]);
    expect(events()).toEqual(["e5", "e6"]);
  });

  it("joins again from its position when it sees a gap, and takes nothing beyond it", () => {
    join(4);
    receive(said(7), said(8));
    expect(events()).toEqual([]);
    const again = sent.filter((command) => command.type === "join").slice(1);
    expect(again).toEqual([{ type: "join", id: 2, room: "stage", epoch: "a", offset: 4 }]);
    const missed = [5, 6, 7, 8].map((offset) => ({ offset, data: { type: `e${offset}` } }));
    receive({ type: "joined", id: 2, room: "stage", epoch: "a", offset: 8, recovered: true, events: missed });
    expect(events()).toEqual(["e5", "e6", "e7", "e8"]);
  });

  it("does not take a recovery that has a hole, and begins anew", () => {
    join(4);
    close(1006);
    feed({ kind: "online" });
    receive(WELCOME);
    receive({ type: "joined", id: last("join").id, room: "stage", epoch: "a", offset: 7, recovered: true, events: [{ offset: 7, data: { type: "e7" } }] });
    expect(events()).toEqual([]);
    expect(last("join")).not.toHaveProperty("epoch");
  });

  it("comes back with its position, and takes a fresh snapshot when that is what it gets", () => {
    join(4);
    close(4000);
    expect(core.room("stage")?.state).toBe("joining");
    feed({ kind: "timer" }, core.deadlineMs ?? 0);
    receive(WELCOME);
    expect(last("join")).toMatchObject({ epoch: "a", offset: 4 });
    receive({ type: "joined", id: last("join").id, room: "stage", epoch: "b", offset: 1, recovered: false, snapshot: { at: 1 } });
    receive(said(2));
    expect(events()).toEqual(["e2"]);
    expect(core.room("stage")).toMatchObject({ state: "joined", resets: 1, recoveries: 0 });
  });

  it.each([1006, 1001, 4000, 4001, 4002, 4499])("comes back after code %i", (code) => {
    join();
    close(code, 100);
    expect(core.view.state).toBe("waiting");
    expect(core.deadlineMs).toBe(600);
  });

  it.each([4500, 4501, 4502, 4503, 4999])("stays away after code %i until the person asks", (code) => {
    join();
    close(code);
    expect(core.view).toMatchObject({ state: "refused", code });
    feed({ kind: "online" });
    expect(core.view.state).toBe("refused");
    feed({ kind: "retry" });
    expect(core.view.state).toBe("connecting");
  });

  it("tries again with other rooms once the one it is shut out of is left", () => {
    feed({ kind: "enter", room: "me" });
    join();
    close(4503);
    feed({ kind: "exit", room: "stage" });
    expect(core.view.state).toBe("connecting");
    receive(WELCOME);
    expect(sent.slice(-1)).toEqual([{ type: "join", id: last("join").id, room: "me" }]);
  });

  it("does not speak with a server of another version", () => {
    feed({ kind: "enter", room: "stage" });
    receive({ ...WELCOME, version: 2 } as ServerMessage);
    expect(core.view).toMatchObject({ state: "refused", code: UNSUPPORTED });
  });

  it("waits longer each time, and shortly again once it was up for a while", () => {
    feed({ kind: "enter", room: "stage" });
    const waits: number[] = [];
    let nowMs = 0;
    for (let failure = 0; failure < 6; failure += 1) {
      close(1006, nowMs);
      waits.push((core.deadlineMs ?? 0) - nowMs);
      nowMs = core.deadlineMs ?? 0;
      feed({ kind: "timer" }, nowMs);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    feed({ kind: "messages", attempt: core.attempt, messages: [WELCOME] }, nowMs);
    close(1006, nowMs + 6000);
    expect((core.deadlineMs ?? 0) - nowMs - 6000).toBe(500);
  });

  it("says who the person is before it joins", () => {
    feed({ kind: "identity", user: "u1" });
    feed({ kind: "enter", room: "stage" });
    receive(WELCOME);
    expect(sent).toEqual([]);
    expect(took("token")).toEqual([{ kind: "token", asked: 1, renew: false }]);
    feed({ kind: "token", asked: 1, token: "t1" });
    expect(sent).toEqual([{ type: "authenticate", id: 1, token: "t1" }]);
    receive({ type: "authenticated", id: 1, user: { id: "u1", name: "Ella" }, expires_in_ms: 600_000 });
    expect(last("join")).toMatchObject({ room: "stage" });
  });

  it("signs in again before the token expires, without joining again", () => {
    feed({ kind: "identity", user: "u1" });
    feed({ kind: "enter", room: "stage" });
    receive(WELCOME);
    feed({ kind: "token", asked: 1, token: "t1" });
    receive({ type: "authenticated", id: 1, user: { id: "u1", name: "Ella" }, expires_in_ms: 30_000 });
    receive({ type: "joined", id: last("join").id, room: "stage", epoch: "a", offset: 0, recovered: false, snapshot: {} });
    feed({ kind: "timer" }, 15_000);
    feed({ kind: "token", asked: 2, token: "t2" }, 15_000);
    expect(last("authenticate")).toMatchObject({ token: "t2" });
    receive({ type: "authenticated", id: last("authenticate").id, user: { id: "u1", name: "Ella" }, expires_in_ms: 30_000 });
    expect(sent.filter(({ type }) => type === "join").length).toBe(1);
  });

  it("joins as nobody when there is no token in time, and again once there is", () => {
    feed({ kind: "identity", user: "u1" });
    feed({ kind: "enter", room: "stage" });
    receive(WELCOME);
    feed({ kind: "timer" }, 4000);
    expect(sent.map(({ type }) => type)).toEqual(["join"]);
    feed({ kind: "token", asked: 1, token: "t1" }, 5000);
    receive({ type: "authenticated", id: last("authenticate").id, user: { id: "u1", name: "Ella" }, expires_in_ms: 600_000 });
    expect(sent.map(({ type }) => type)).toEqual(["join", "authenticate", "join"]);
  });

  it("tries a refused token once more with a new one, then joins as nobody", () => {
    feed({ kind: "identity", user: "u1" });
    feed({ kind: "enter", room: "stage" });
    receive(WELCOME);
    feed({ kind: "token", asked: 1, token: "old" });
    receive({ type: "error", id: last("authenticate").id, code: "not_signed_in", detail: "" });
    expect(took("token").at(-1)).toEqual({ kind: "token", asked: 2, renew: true });
    feed({ kind: "token", asked: 2, token: "new" });
    receive({ type: "error", id: last("authenticate").id, code: "not_signed_in", detail: "" });
    expect(last("join")).toMatchObject({ room: "stage" });
  });

  it("signs the connection out when the person signs out", () => {
    feed({ kind: "identity", user: "u1" });
    feed({ kind: "enter", room: "stage" });
    receive(WELCOME);
    feed({ kind: "token", asked: 1, token: "t1" });
    receive({ type: "authenticated", id: 1, user: { id: "u1", name: "Ella" }, expires_in_ms: 600_000 });
    feed({ kind: "identity", user: null });
    expect(last("authenticate")).not.toHaveProperty("token");
    receive({ type: "authenticated", id: last("authenticate").id, user: null, expires_in_ms: null });
    expect(sent.at(-1)?.type).toBe("join");
  });

  it("goes by the cookie of the page, and out when the page is signed out", () => {
    const known: ServerMessage = { ...WELCOME, user: { id: "u1", name: "Ella" } } as ServerMessage;
    feed({ kind: "identity", user: UNKNOWN });
    feed({ kind: "enter", room: "stage" });
    receive(known);
    feed({ kind: "identity", user: "u1" });
    expect(sent.map(({ type }) => type)).toEqual(["join"]);
    close(1006);
    feed({ kind: "identity", user: null });
    feed({ kind: "online" });
    receive(known);
    expect(last("authenticate")).not.toHaveProperty("token");
  });

  it("comes back into a room that was closed for a moment only", () => {
    join();
    receive({ type: "room_closed", room: "stage", reason: "storage_unavailable" });
    expect(core.room("stage")?.state).toBe("joining");
    feed({ kind: "timer" }, 2000);
    expect(last("join")).not.toHaveProperty("epoch");
    receive({ type: "room_closed", room: "stage", reason: "banned" });
    expect(core.room("stage")).toMatchObject({ state: "closed", code: "banned" });
  });

  it("asks for a new token when the server no longer takes the person for signed in", () => {
    feed({ kind: "identity", user: "u1" });
    feed({ kind: "enter", room: "stage" });
    receive(WELCOME);
    feed({ kind: "token", asked: 1, token: "t1" });
    receive({ type: "authenticated", id: 1, user: { id: "u1", name: "Ella" }, expires_in_ms: 600_000 });
    receive({ type: "signed_out" });
    expect(took("token").at(-1)).toEqual({ kind: "token", asked: 2, renew: true });
  });

  it("keeps a command until its room is joined", () => {
    feed({ kind: "enter", room: "stage" });
    say(1);
    receive(WELCOME);
    expect(sent.map(({ type }) => type)).toEqual(["join"]);
    receive({ type: "joined", id: 1, room: "stage", epoch: "a", offset: 0, recovered: false, snapshot: {} });
    expect(last("say")).toEqual({ type: "say", id: 2, room: "stage", text: "hi", key: "k1" });
  });

  it("sends an unanswered line again after a reconnect, with the same key, and answers it once", () => {
    join();
    say(1);
    say(2);
    receive({ type: "done", id: last("say").id, result: { message: { id: "m2" } } });
    close(1006);
    feed({ kind: "online" });
    receive(WELCOME);
    receive({ type: "joined", id: last("join").id, room: "stage", epoch: "a", offset: 0, recovered: true, events: [] });
    expect(sent.filter(({ type }) => type === "say").map((each) => (each as unknown as { key: string }).key)).toEqual(["k1", "k2", "k1"]);
    receive({ type: "done", id: last("say").id, result: { message: { id: "m1" } } });
    expect(took("answered").map((each) => (each.kind === "answered" ? each.ticket : 0))).toEqual([2, 1]);
  });

  it("does not send again what would be done twice", () => {
    join();
    say(1, false);
    close(1006);
    expect(took("answered")).toEqual([{ kind: "answered", ticket: 1, outcome: { kind: "lost" } }]);
  });

  it("lets a command fail that could not be sent in time", () => {
    join();
    close(1006);
    say(1);
    feed({ kind: "timer" }, 29_999);
    expect(took("answered")).toEqual([]);
    feed({ kind: "timer" }, 30_000);
    expect(took("answered")).toEqual([{ kind: "answered", ticket: 1, outcome: { kind: "lost" } }]);
  });

  it("hands on the words of a refused command", () => {
    join();
    say(1);
    const error: ServerMessage = { type: "error", id: last("say").id, code: "slow_mode", detail: "wait", retry_after_ms: 3000 };
    receive(error);
    expect(took("answered")).toEqual([{ kind: "answered", ticket: 1, outcome: { kind: "error", error } }]);
  });

  it("takes a connection for dead that does not answer", () => {
    join();
    say(1);
    expect(core.deadlineMs).toBe(10_000);
    feed({ kind: "timer" }, 10_000);
    expect(core.view.state).toBe("waiting");
  });

  it("asks a silent connection whether it is there, and again at once when the page wakes up", () => {
    join(3);
    expect(core.deadlineMs).toBe(45_000);
    feed({ kind: "timer" }, 45_000);
    expect(last("join")).toMatchObject({ epoch: "a", offset: 3 });
    expect(core.deadlineMs).toBe(55_000);
    expect(core.room("stage")?.state).toBe("joined");
  });

  it("stays out of a room that is not there, and goes in elsewhere when it moved", () => {
    feed({ kind: "enter", room: "stage" });
    receive(WELCOME);
    receive({ type: "error", id: last("join").id, code: "moved", detail: "", name: "hall" });
    expect(took("moved")).toEqual([{ kind: "moved", room: "stage", name: "hall" }]);
    expect(core.room("stage")).toMatchObject({ state: "refused", code: "moved" });
  });

  it("tries a room again that cannot be joined just now", () => {
    feed({ kind: "enter", room: "stage" });
    receive(WELCOME);
    receive({ type: "error", id: last("join").id, code: "bus_unavailable", detail: "", retry_after_ms: 700 });
    feed({ kind: "timer" }, 700);
    expect(sent.filter(({ type }) => type === "join").length).toBe(2);
  });

  it("tells of an interruption, and takes the snapshot of a reset", () => {
    join(4);
    receive({ type: "interrupted", room: "stage" });
    expect(core.room("stage")?.state).toBe("interrupted");
    receive({ type: "reset", room: "stage", epoch: "z", offset: 9, snapshot: { at: 9 } });
    receive(said(10));
    expect(core.room("stage")).toMatchObject({ state: "joined", resets: 1 });
    expect(events()).toEqual(["e10"]);
  });

  it("leaves with the last room, a little later", () => {
    join();
    feed({ kind: "exit", room: "stage" });
    expect(last("leave")).toMatchObject({ room: "stage" });
    feed({ kind: "timer" }, 5000);
    expect(others.at(-1)).toEqual({ kind: "disconnect", attempt: 1 });
    expect(core.view.state).toBe("idle");
    expect(core.deadlineMs).toBeNull();
  });

  it("ignores what an older connection still says", () => {
    join(4);
    close(1006);
    feed({ kind: "messages", attempt: 1, messages: [said(5)] });
    expect(events()).toEqual([]);
  });
});
