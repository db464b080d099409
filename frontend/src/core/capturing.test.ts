import { expect, it } from "vitest";
import { audioConstraints, captureFailure, videoConstraints } from "./capturing";

it("leaves the sound alone in music mode", () => {
  expect(audioConstraints({ kind: "device", id: "mic" }, true)).toEqual({
    deviceId: { exact: "mic" },
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    channelCount: { ideal: 2 },
    sampleRate: { ideal: 48_000 },
  });
});

it("asks for the chosen camera exactly, and for its picture as a wish", () => {
  expect(videoConstraints({ kind: "device", id: "cam" }, { height: 720, framesPerSecond: 30 })).toEqual({
    deviceId: { exact: "cam" },
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30 },
  });
  expect(videoConstraints({ kind: "default" }, { height: 720, framesPerSecond: 30 })).not.toHaveProperty("deviceId");
});

it.each([
  ["NotAllowedError", /may not use the camera/],
  ["NotReadableError", /in use by another program/],
  ["NotFoundError", /No camera was found/],
  ["OverconstrainedError", /is gone/],
  ["WeirdError", /WeirdError/],
])("explains %s", (name, words) => {
  expect(captureFailure(name, "camera")).toMatch(words);
});
