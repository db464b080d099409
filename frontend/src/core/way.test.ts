import { describe, expect, it } from "vitest";
import { BLOCKED_AFTER_MS, WayCore } from "./way";

const BOTH = { realtime: true, hls: true };

describe("WayCore", () => {
  it("begins in real time", () => {
    expect(new WayCore("auto", BOTH).view).toEqual({ way: "realtime", choice: "auto", why: null });
  });

  it("goes over to HLS when an answer came and no transport follows", () => {
    const core = new WayCore("auto", BOTH);
    core.answered(100);
    core.answered(3000); // another attempt is no reason to wait longer
    core.passed(100 + BLOCKED_AFTER_MS - 1);
    expect(core.view.way).toBe("realtime");
    core.passed(100 + BLOCKED_AFTER_MS);
    expect(core.view).toEqual({ way: "hls", choice: "auto", why: "blocked" });
  });

  it("stays in real time once connected", () => {
    const core = new WayCore("auto", BOTH);
    core.answered(0);
    core.connected(400);
    expect(core.deadlineMs).toBeNull();
    core.passed(60_000);
    expect(core.view.way).toBe("realtime");
  });

  it("goes over when connections break twice before they were good", () => {
    const core = new WayCore("auto", BOTH);
    core.answered(0);
    core.connected(100);
    core.failed(2000);
    expect(core.view.way).toBe("realtime");
    core.answered(2500);
    core.failed(4000);
    expect(core.view.why).toBe("blocked");
  });

  it("forgives a good connection that breaks", () => {
    const core = new WayCore("auto", BOTH);
    for (let round = 0; round < 5; round += 1) {
      core.connected(round * 20_000);
      core.failed(round * 20_000 + 10_000);
    }
    expect(core.view.way).toBe("realtime");
  });

  it("goes over when a good connection is lost and none follows", () => {
    const core = new WayCore("auto", BOTH);
    core.answered(0);
    core.connected(100);
    core.failed(60_000);
    core.answered(61_000);
    core.passed(61_000 + BLOCKED_AFTER_MS);
    expect(core.view.why).toBe("blocked");
  });

  it("blames nobody while nothing is live", () => {
    const core = new WayCore("auto", BOTH);
    core.answered(0);
    core.rest();
    core.passed(60_000);
    expect(core.view.way).toBe("realtime");
  });

  it("does what the person chose, whatever happens", () => {
    const core = new WayCore("realtime", BOTH);
    core.answered(0);
    core.passed(60_000);
    core.failed(60_000);
    core.failed(60_001);
    expect(core.view.way).toBe("realtime");
    core.choose("hls");
    expect(core.view.why).toBe("chosen");
    core.choose("auto");
    expect(core.view.way).toBe("realtime");
  });

  it("takes what there is", () => {
    expect(new WayCore("auto", { realtime: false, hls: true }).view.why).toBe("missing");
    const core = new WayCore("hls", BOTH);
    core.learn({ hls: false });
    expect(core.view.way).toBe("realtime");
  });
});
