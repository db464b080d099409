import { describe, expect, it } from "vitest";
import { type Health, HealthJudge, type PublishReading } from "./health";

const EXPECTED = { videoBps: 2_500_000, framesPerSecond: 30 };

/** What ten good seconds look like; tests change what goes wrong in the last one. */
function reading(atMs: number, part: Partial<PublishReading> = {}): PublishReading {
  const seconds = atMs / 1000;
  return {
    atMs,
    bytesSent: 312_500 * seconds,
    packetsSent: 300 * seconds,
    packetsLost: 0,
    roundTripMs: 20,
    video: { framesSent: 30 * seconds, width: 1280, height: 720, limitation: "none", codec: "H264" },
    ...part,
  };
}

function judgeLast(part: Partial<PublishReading>, video: Partial<NonNullable<PublishReading["video"]>> = {}): Health {
  const judge = new HealthJudge(EXPECTED);
  judge.judge(reading(0));
  judge.judge(reading(9000));
  const last = reading(10_000);
  const health = judge.judge({ ...last, video: last.video && { ...last.video, ...video }, ...part });
  if (health === null) throw new Error("no verdict");
  return health;
}

describe("HealthJudge", () => {
  it("says nothing after a single reading", () => {
    expect(new HealthJudge(EXPECTED).judge(reading(0))).toBeNull();
  });

  it("does not judge the first seconds", () => {
    const judge = new HealthJudge(EXPECTED);
    judge.judge(reading(0));
    expect(judge.judge(reading(1000, { packetsLost: 200 }))?.grade).toBe("starting");
  });

  it("is good when all is well, and tells the numbers of the interval", () => {
    expect(judgeLast({})).toMatchObject({
      grade: "good",
      bitrateBps: 2_500_000,
      framesPerSecond: 30,
      roundTripMs: 20,
      loss: 0,
      width: 1280,
      height: 720,
    });
  });

  it.each([
    [0.01, "good"],
    [0.05, "fair"],
    [0.2, "poor"],
  ])("grades a loss of %f as %s", (loss, grade) => {
    expect(judgeLast({ packetsLost: 300 * loss })).toMatchObject({ grade, loss: expect.closeTo(loss) });
  });

  it("blames a busy computer in words", () => {
    const health = judgeLast({}, { limitation: "cpu" });
    expect(health.grade).toBe("fair");
    expect(health.words).toMatch(/computer is busy/);
    expect(judgeLast({}, { limitation: "cpu", framesSent: 275 }).grade).toBe("poor");
  });

  it("blames a narrow connection in words", () => {
    expect(judgeLast({}, { limitation: "bandwidth" })).toMatchObject({ grade: "fair" });
    const starved = judgeLast({ bytesSent: 312_500 * 9 + 50_000 }, { limitation: "bandwidth" });
    expect(starved.grade).toBe("poor");
    expect(starved.words).toMatch(/connection is narrow/);
  });

  it("is poor when nothing leaves", () => {
    expect(judgeLast({ packetsSent: 2700 }).words).toMatch(/Nothing is leaving/);
  });

  it.each([
    [100, "good"],
    [300, "fair"],
    [700, "poor"],
  ])("grades a round trip of %i ms as %s", (roundTripMs, grade) => {
    expect(judgeLast({ roundTripMs }).grade).toBe(grade);
  });

  it("judges a broadcast without a picture by its packets", () => {
    const judge = new HealthJudge(EXPECTED);
    judge.judge(reading(0, { video: null }));
    judge.judge(reading(9000, { video: null }));
    expect(judge.judge(reading(10_000, { video: null }))).toMatchObject({ grade: "good", framesPerSecond: null });
  });

  it("survives counters that fall, as they do when a track is swapped", () => {
    const health = judgeLast({ bytesSent: 0, packetsSent: 2800, packetsLost: -5 });
    expect(health.bitrateBps).toBe(0);
    expect(health.loss).toBe(0);
  });
});
