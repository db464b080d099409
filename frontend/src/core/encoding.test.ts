import { expect, it } from "vitest";
import { codecOrder, opusParameters, startBitrateKbps, suggestedVideoKbps, VIDEO_KBPS, widthOf } from "./encoding";
import { DEFAULT_SETTINGS, planOf } from "./settings";

const CAPABILITIES = [
  { mimeType: "video/VP8" },
  { mimeType: "video/rtx" },
  { mimeType: "video/VP9", sdpFmtpLine: "profile-id=0" },
  { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=0;profile-level-id=42001f" },
  { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=1;profile-level-id=42e01f" },
  { mimeType: "video/red" },
];

it("offers H264 first and everything else after it when left to choose", () => {
  const order = codecOrder(CAPABILITIES, "auto");
  expect(order).toHaveLength(CAPABILITIES.length);
  expect(order[0]?.sdpFmtpLine).toContain("42e01f");
  expect(order[1]?.sdpFmtpLine).toContain("packetization-mode=0");
});

it("offers only the codec that was chosen, with what repairs it", () => {
  expect(codecOrder(CAPABILITIES, "VP8").map((codec) => codec.mimeType)).toEqual(["video/VP8", "video/rtx", "video/red"]);
});

it("leaves the order alone when the browser lacks the codec", () => {
  expect(codecOrder(CAPABILITIES, "AV1")).toEqual([]);
});

it("suggests bitrates that can be chosen", () => {
  expect(suggestedVideoKbps(720, 30)).toBe(2500);
  expect(suggestedVideoKbps(720, 60)).toBe(4000);
  for (const height of [360, 480, 720, 1080] as const) {
    for (const rate of [24, 30, 60] as const) expect(VIDEO_KBPS).toContain(suggestedVideoKbps(height, rate));
  }
});

it("keeps 16:9 with even widths", () => {
  expect([360, 480, 720, 1080].map((height) => widthOf(height as 360))).toEqual([640, 854, 1280, 1920]);
});

it("asks for stereo and the highest bitrate in music mode only", () => {
  expect(opusParameters(planOf({ ...DEFAULT_SETTINGS, music: true }))).toMatchObject({
    stereo: 1,
    "sprop-stereo": 1,
    maxaveragebitrate: 510_000,
    usedtx: 0,
    useinbandfec: 1,
  });
  expect(opusParameters(planOf(DEFAULT_SETTINGS))).toMatchObject({ stereo: 0, maxaveragebitrate: 96_000 });
});

it("starts at sixty per cent of the bitrate", () => {
  expect(startBitrateKbps(planOf(DEFAULT_SETTINGS))).toBe(1500);
});
