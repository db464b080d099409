import { expect, it } from "vitest";
import { bitrate, clock, encoderWords, hueOf, lasting, people, publishRefusal, sinceWords, watchRefusal } from "./words";

const refusal = (status: number, detail = "") => ({ status, detail, retryAfterMs: null });

it("tells time on stage as a clock", () => {
  expect([0, 247_900, 3_729_000, -5].map(clock)).toEqual(["0:00", "4:07", "1:02:09", "0:00"]);
});

it("tells durations roughly", () => {
  expect([10_000, 720_000, 3_600_000, 12_000_000].map(lasting)).toEqual(["just now", "12 min", "1 h", "3 h 20 min"]);
});

it("says since when a channel has been live, and nothing when it is not known", () => {
  const nowMs = Date.parse("2026-05-01T20:30:00Z");
  expect(sinceWords("2026-05-01T20:00:00Z", nowMs)).toBe("live for 30 min");
  expect(sinceWords("2026-05-01T20:29:50Z", nowMs)).toBe("started just now");
  expect(sinceWords(null, nowMs)).toBe("");
  expect(sinceWords("soon", nowMs)).toBe("");
});

it("tells the artist of an encoder that does not keep up, and nothing of one that does", () => {
  expect(encoderWords(null)).toBe("");
  expect(encoderWords("behind")).toMatch(/too slow.*some who watch by HLS see jumps/);
  expect(encoderWords("failing")).toMatch(/does not come as it should/);
});

it("counts people", () => {
  expect(people(1, "viewer", "viewers")).toBe("1 viewer");
  expect(people(1200, "viewer", "viewers")).toBe("1,200 viewers");
});

it("rounds bitrates", () => {
  expect(bitrate(96_400)).toBe("96 kbit/s");
  expect(bitrate(2_540_000)).toBe("2.5 Mbit/s");
});

it("explains refusals to those concerned", () => {
  expect(publishRefusal(refusal(401), "demo", false)).toMatch(/stream key is wrong/);
  expect(publishRefusal(refusal(404), "demo", false)).toMatch(/harmonie channel add demo/);
  expect(publishRefusal(refusal(422, "No opus in the offer."), "demo", false)).toBe("No opus in the offer.");
  expect(publishRefusal({ ...refusal(403), problem: "owner-suspended" }, "demo", true)).toMatch(/is suspended/);
  expect(publishRefusal(refusal(403), "demo", true)).toMatch(/was replaced/);
  expect(publishRefusal(refusal(404), "demo", true)).toMatch(/is no more/);
  expect(watchRefusal(refusal(406))).toMatch(/cannot play/);
  expect(watchRefusal(refusal(500))).toMatch(/500/);
});

it("gives a name always the same colour", () => {
  expect(hueOf("stage")).toBe(hueOf("stage"));
  expect(hueOf("stage")).not.toBe(hueOf("radio"));
  expect(hueOf("")).toBeLessThan(360);
});
