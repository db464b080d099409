import { beforeEach, describe, expect, it } from "vitest";
import { Link, type LinkInput } from "./link";

const FINAL = new Set([401, 404]);
const noJitter = () => 0;

describe("Link", () => {
  let link: Link;
  beforeEach(() => {
    link = new Link(FINAL, noJitter);
  });

  const open = (nowMs = 0) => link.handle({ kind: "open" }, nowMs);
  const transport = (state: "connected" | "disconnected" | "failed" | "closed", nowMs: number, attempt = link.attempt) =>
    link.handle({ kind: "transport", attempt, state }, nowMs);
  const refused = (status: number, nowMs: number, retryAfterMs: number | null = null) =>
    link.handle({ kind: "refused", attempt: link.attempt, status, detail: "why", retryAfterMs }, nowMs);

  it("connects at once when opened", () => {
    expect(open()).toEqual([{ kind: "connect", attempt: 1 }]);
    expect(link.state).toBe("connecting");
  });

  it("opens only once", () => {
    open();
    expect(open(1)).toEqual([]);
  });

  it("is up once the transport is connected, and then waits for nothing", () => {
    open();
    transport("connected", 50);
    expect(link.state).toBe("up");
    expect(link.deadlineMs).toBeNull();
  });

  it("gives up an attempt that never connects, and makes another", () => {
    open();
    expect(link.deadlineMs).toBe(15_000);
    expect(link.handle({ kind: "timer" }, 15_000)).toEqual([{ kind: "disconnect", attempt: 1, why: "lost" }]);
    expect(link.deadlineMs).toBe(15_500);
    expect(link.handle({ kind: "timer" }, 15_500)).toEqual([{ kind: "connect", attempt: 2 }]);
  });

  it("ignores a timer that fires early", () => {
    open();
    expect(link.handle({ kind: "timer" }, 14_999)).toEqual([]);
    expect(link.state).toBe("connecting");
  });

  it("forgives a transport that is disconnected for less than three seconds", () => {
    open();
    transport("connected", 0);
    transport("disconnected", 1000);
    expect(link.deadlineMs).toBe(4000);
    transport("connected", 3900);
    expect(link.state).toBe("up");
    expect(link.deadlineMs).toBeNull();
  });

  it("leaves a transport that stays disconnected", () => {
    open();
    transport("connected", 0);
    transport("disconnected", 1000);
    expect(link.handle({ kind: "timer" }, 4000)).toEqual([{ kind: "disconnect", attempt: 1, why: "lost" }]);
    expect(link.state).toBe("waiting");
  });

  it("waits longer after each failure, up to eight seconds", () => {
    open();
    const waits: number[] = [];
    let nowMs = 0;
    for (let failure = 0; failure < 6; failure += 1) {
      link.handle({ kind: "unreachable", attempt: link.attempt }, nowMs);
      waits.push((link.deadlineMs ?? 0) - nowMs);
      nowMs = link.deadlineMs ?? 0;
      link.handle({ kind: "timer" }, nowMs);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    expect(link.failures).toBe(6);
  });

  it("starts over with short waits after a connection that lasted", () => {
    open();
    link.handle({ kind: "unreachable", attempt: 1 }, 0);
    link.handle({ kind: "timer" }, 500);
    transport("connected", 600);
    transport("failed", 6000);
    expect(link.deadlineMs).toBe(6500);
  });

  it("keeps long waits for a connection that flaps", () => {
    open();
    link.handle({ kind: "unreachable", attempt: 1 }, 0);
    link.handle({ kind: "timer" }, 500);
    transport("connected", 600);
    transport("failed", 700);
    expect(link.deadlineMs).toBe(1700);
  });

  it("waits as long as the server asks", () => {
    open();
    refused(503, 0, 5000);
    expect(link.deadlineMs).toBe(5000);
  });

  it.each([401, 404])("stops for good at %i", (status) => {
    open();
    expect(refused(status, 10)).toEqual([{ kind: "disconnect", attempt: 1, why: "closed" }]);
    expect(link.state).toBe("refused");
    expect(link.refusal?.status).toBe(status);
    expect(link.deadlineMs).toBeNull();
    expect(link.handle({ kind: "online" }, 20)).toEqual([]);
  });

  it("may be opened again after a refusal", () => {
    open();
    refused(401, 10);
    expect(open(20)).toEqual([{ kind: "connect", attempt: 2 }]);
  });

  it("ignores news of an attempt that is over", () => {
    open();
    link.handle({ kind: "unreachable", attempt: 1 }, 0);
    link.handle({ kind: "timer" }, 500);
    expect(transport("connected", 600, 1)).toEqual([]);
    expect(link.state).toBe("connecting");
  });

  it("ignores late news after it was closed", () => {
    open();
    expect(link.handle({ kind: "close" }, 5)).toEqual([{ kind: "disconnect", attempt: 1, why: "closed" }]);
    expect(refused(503, 6)).toEqual([]);
    expect(link.state).toBe("idle");
  });

  it("does not wait when the network comes back", () => {
    open();
    link.handle({ kind: "unreachable", attempt: 1 }, 0);
    expect(link.handle({ kind: "online" }, 100)).toEqual([{ kind: "connect", attempt: 2 }]);
  });

  it("replaces a disconnected transport when the network comes back, and leaves a good one alone", () => {
    open();
    transport("connected", 0);
    expect(link.handle({ kind: "online" }, 10)).toEqual([]);
    transport("disconnected", 20);
    expect(link.handle({ kind: "online" }, 30)).toEqual([
      { kind: "disconnect", attempt: 1, why: "lost" },
      { kind: "connect", attempt: 2 },
    ]);
  });

  it("restarts without a wait, and says that the old connection is being replaced", () => {
    open();
    transport("connected", 0);
    expect(link.handle({ kind: "restart" }, 10)).toEqual([
      { kind: "disconnect", attempt: 1, why: "replacing" },
      { kind: "connect", attempt: 2 },
    ]);
  });

  it("never has two connections, and never disconnects one twice, whatever comes in", () => {
    const random = seeded(7);
    const states = ["connected", "disconnected", "failed", "closed"] as const;
    let held: number | null = null;
    let nowMs = 0;
    for (let step = 0; step < 5000; step += 1) {
      nowMs += Math.floor(random() * 4000);
      const attempt = Math.max(0, link.attempt - Math.floor(random() * 2));
      const inputs: LinkInput[] = [
        { kind: "open" },
        { kind: "close" },
        { kind: "restart" },
        { kind: "online" },
        { kind: "timer" },
        { kind: "unreachable", attempt },
        { kind: "refused", attempt, status: random() < 0.5 ? 404 : 503, detail: "", retryAfterMs: null },
        { kind: "transport", attempt, state: states[Math.floor(random() * states.length)] ?? "failed" },
      ];
      for (const effect of link.handle(inputs[Math.floor(random() * inputs.length)] ?? { kind: "timer" }, nowMs)) {
        if (effect.kind === "connect") {
          expect(held).toBeNull();
          held = effect.attempt;
        } else {
          expect(held).toBe(effect.attempt);
          held = null;
        }
      }
      expect(held !== null).toBe(link.state === "connecting" || link.state === "up");
      if (link.state === "waiting" || link.state === "connecting") expect(link.deadlineMs).not.toBeNull();
    }
  });
});

/** A small generator of numbers in [0, 1), so that a failing run can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
