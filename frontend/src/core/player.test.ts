import { beforeEach, describe, expect, it } from "vitest";
import type { Channel, ChannelState } from "../protocol/types";
import { PlayerCore } from "./player";

describe("PlayerCore", () => {
  let core: PlayerCore;
  beforeEach(() => {
    core = new PlayerCore(() => 0);
  });

  const state = () => core.view.state;
  const open = () => core.handle({ kind: "open" }, 0);
  const says = (channelState: ChannelState, nowMs: number) =>
    core.handle({ kind: "channel", channel: channelIn(channelState) }, nowMs);
  const refused = (status: number, nowMs: number) =>
    core.handle({ kind: "refused", attempt: core.attempt, status, detail: "", retryAfterMs: null }, nowMs);
  const connected = (nowMs: number) => core.handle({ kind: "transport", attempt: core.attempt, state: "connected" }, nowMs);
  const lost = (nowMs: number) => core.handle({ kind: "transport", attempt: core.attempt, state: "failed" }, nowMs);
  const media = (nowMs: number) => core.handle({ kind: "media", attempt: core.attempt }, nowMs);
  const events = (up: boolean, nowMs: number) => core.handle({ kind: "events", connected: up }, nowMs);
  const goLive = () => {
    open();
    events(true, 0);
    says("live", 1);
    connected(30);
    media(60);
  };

  it("is idle until it is opened", () => {
    expect(state()).toBe("idle");
    expect(says("live", 0)).toEqual([]);
  });

  it("connects at once, without waiting to be told that the channel is live", () => {
    expect(open()).toEqual([{ kind: "connect", attempt: 1 }]);
    expect(state()).toBe("connecting");
  });

  it("is live with the first media, not before", () => {
    open();
    connected(30);
    expect(state()).toBe("connecting");
    media(60);
    expect(state()).toBe("live");
  });

  it("is offline when the answer is 409, and starts when the channel goes live", () => {
    open();
    events(true, 1);
    refused(409, 2);
    says("offline", 3);
    expect(state()).toBe("offline");
    expect(core.deadlineMs).toBeNull();
    expect(says("live", 9000)).toEqual([{ kind: "connect", attempt: 2 }]);
    expect(state()).toBe("connecting");
  });

  it("asks again soon when the answer 409 and the news of going live cross", () => {
    open();
    events(true, 1);
    says("live", 2);
    refused(409, 3);
    expect(core.deadlineMs).toBe(703);
    expect(core.handle({ kind: "timer" }, 703)).toEqual([{ kind: "connect", attempt: 2 }]);
  });

  it("asks again slowly while the event stream is down", () => {
    open();
    refused(409, 0);
    expect(core.deadlineMs).toBe(15_000);
    expect(core.handle({ kind: "timer" }, 15_000)).toEqual([{ kind: "connect", attempt: 2 }]);
  });

  it("does not ask while the event stream says that the channel is offline", () => {
    open();
    refused(409, 0);
    says("offline", 1);
    events(true, 1);
    expect(core.deadlineMs).toBeNull();
  });

  it("has ended when the channel goes offline after it was watched", () => {
    goLive();
    expect(says("offline", 5000)).toEqual([{ kind: "disconnect", attempt: 1, why: "closed" }]);
    expect(state()).toBe("ended");
  });

  it("waits for a broadcast that is gone without a word, and says goodbye only when the server does", () => {
    goLive();
    lost(2000);
    expect(core.view).toMatchObject({ state: "reconnecting", cause: "network" });
    core.handle({ kind: "timer" }, 2500);
    refused(409, 2510);
    expect(core.view).toMatchObject({ state: "reconnecting", cause: "interrupted" });
    says("offline", 2600);
    expect(state()).toBe("ended");
  });

  it("says that the server is not to be reached, and resumes when it is back", () => {
    goLive();
    events(false, 2000);
    expect(core.view).toMatchObject({ state: "live", current: false });
    lost(2100);
    expect(core.view).toMatchObject({ state: "reconnecting", cause: "server" });
    events(true, 8000);
    expect(says("offline", 8001)).toEqual([]);
    expect(core.view).toMatchObject({ state: "reconnecting", cause: "interrupted", current: true });
    expect(says("live", 11_000)).toEqual([{ kind: "connect", attempt: 2 }]);
    expect(core.view).toMatchObject({ state: "reconnecting", cause: "network" });
    connected(11_100);
    media(11_200);
    expect(state()).toBe("live");
    expect(core.deadlineMs).toBe(19_200);
  });

  it("is offline, without a goodbye, when the artist does not come back after a restart", () => {
    goLive();
    events(false, 2000);
    lost(2100);
    events(true, 8000);
    says("offline", 8001);
    expect(core.deadlineMs).toBe(38_001);
    core.handle({ kind: "timer" }, 38_001);
    expect(state()).toBe("offline");
    expect(core.deadlineMs).toBeNull();
  });

  it("does not call a picture live that stands still while the server is not to be reached", () => {
    goLive();
    const received = (totalBytes: number, nowMs: number) => core.handle({ kind: "received", attempt: 1, totalBytes }, nowMs);
    received(1000, 1000);
    events(false, 1500);
    received(2000, 2000);
    expect(state()).toBe("live");
    received(2000, 3000);
    received(2000, 4000);
    expect(core.view).toMatchObject({ state: "reconnecting", cause: "server" });
    received(3000, 5000);
    expect(state()).toBe("live");
  });

  it("connects anew, not again, when a new broadcast begins after the end", () => {
    goLive();
    says("offline", 5000);
    says("live", 60_000);
    expect(state()).toBe("connecting");
  });

  it("keeps its connection while the artist reconnects, and says whose connection dropped", () => {
    goLive();
    expect(says("reconnecting", 4000)).toEqual([]);
    expect(core.view).toMatchObject({ state: "reconnecting", cause: "artist" });
    says("live", 6000);
    expect(state()).toBe("live");
  });

  it("reconnects by itself when its own connection breaks", () => {
    goLive();
    expect(lost(10_000)).toEqual([{ kind: "disconnect", attempt: 1, why: "lost" }]);
    expect(core.view).toMatchObject({ state: "reconnecting", cause: "network", retrying: true });
    expect(core.handle({ kind: "timer" }, 10_500)).toEqual([{ kind: "connect", attempt: 2 }]);
    connected(10_600);
    expect(state()).toBe("reconnecting");
    media(10_700);
    expect(state()).toBe("live");
  });

  it("connects anew when nothing arrives any more although the channel is live", () => {
    goLive();
    core.handle({ kind: "received", attempt: 1, totalBytes: 1000 }, 3000);
    core.handle({ kind: "received", attempt: 1, totalBytes: 1000 }, 10_000);
    expect(core.deadlineMs).toBe(11_000);
    expect(core.handle({ kind: "timer" }, 11_000)).toEqual([
      { kind: "disconnect", attempt: 1, why: "replacing" },
      { kind: "connect", attempt: 2 },
    ]);
  });

  it("does not take the artist's absence for a stall", () => {
    goLive();
    core.handle({ kind: "received", attempt: 1, totalBytes: 1000 }, 3000);
    says("reconnecting", 4000);
    expect(core.deadlineMs).toBeNull();
    says("live", 20_000);
    expect(core.deadlineMs).toBe(28_000);
  });

  it.each([403, 404, 406])("shows an error at %i, and does not ask again", (status) => {
    open();
    events(true, 0);
    refused(status, 5);
    expect(core.view).toMatchObject({ state: "error", refusal: { status } });
    expect(core.deadlineMs).toBeNull();
  });

  it("tries once more after an error when a new broadcast begins", () => {
    open();
    says("live", 1);
    refused(406, 5);
    expect(says("live", 6)).toEqual([]);
    says("offline", 1000);
    expect(says("live", 2000)).toEqual([{ kind: "connect", attempt: 2 }]);
  });

  it("keeps trying as long as the server does not answer", () => {
    open();
    core.handle({ kind: "unreachable", attempt: 1 }, 10);
    expect(core.view).toMatchObject({ state: "connecting", retrying: true });
    expect(core.deadlineMs).toBe(510);
  });

  it("lets go when it is closed", () => {
    goLive();
    expect(core.handle({ kind: "close" }, 100)).toEqual([{ kind: "disconnect", attempt: 1, why: "closed" }]);
    expect(state()).toBe("idle");
    expect(core.deadlineMs).toBeNull();
  });
});

function channelIn(state: ChannelState): Channel {
  return {
    name: "stage",
    title: "",
    created_at: "2026-01-01T00:00:00Z",
    live: state !== "offline",
    state,
    started_at: null,
    viewers: 0,
    audio: true,
    video: true,
    video_codec: "VP8",
    audio_codec: "opus",
    owner: null,
    description: "",
    links: [],
    picture: null,
    payout_wallet: null,
    followers: 0,
    followed: null,
    past_broadcasts: 0,
  };
}
