import { expect, it } from "vitest";
import { type InboundReading, meanBufferMs, type PlaybackReading, playbackRows } from "./playback";

function inbound(part: Partial<InboundReading> = {}): InboundReading {
  return {
    codec: "VP8",
    bytes: 0,
    packets: 0,
    packetsLost: 0,
    jitterBufferDelayS: 0,
    jitterBufferEmitted: 0,
    framesDecoded: 0,
    framesDropped: 0,
    freezes: 0,
    width: 1280,
    height: 720,
    ...part,
  };
}

function reading(atMs: number, video: InboundReading | null): PlaybackReading {
  return { atMs, video, audio: null, roundTripMs: 12.4, transport: "udp, host to host" };
}

function valueOf(rows: ReturnType<typeof playbackRows>, label: string): string | undefined {
  return rows.find((row) => row.label === label)?.value;
}

it("turns totals into rates over the interval", () => {
  const before = reading(1000, inbound({ bytes: 100_000, framesDecoded: 30 }));
  const now = reading(3000, inbound({ bytes: 725_000, framesDecoded: 90, packets: 99, packetsLost: 1 }));
  const rows = playbackRows(before, now, 48);
  expect(valueOf(rows, "Video bitrate")).toBe("2500 kbit/s");
  expect(valueOf(rows, "Frames")).toBe("30 /s");
  expect(valueOf(rows, "Video lost")).toBe("1 (1.0 %)");
  expect(valueOf(rows, "First frame")).toBe("48 ms");
  expect(valueOf(rows, "Round trip")).toBe("12 ms");
});

it("shows a dash where there is nothing to compare with", () => {
  expect(valueOf(playbackRows(null, reading(0, inbound()), null), "Video bitrate")).toBe("–");
});

it("leaves out what is not received", () => {
  const rows = playbackRows(null, reading(0, null), null);
  expect(rows.map((row) => row.label)).toEqual(["Round trip", "First frame", "Transport"]);
});

it("averages the buffer delay over what was played in the interval", () => {
  const before = inbound({ jitterBufferDelayS: 2, jitterBufferEmitted: 100 });
  expect(meanBufferMs(before, inbound({ jitterBufferDelayS: 5, jitterBufferEmitted: 150 }))).toBeCloseTo(60);
  expect(meanBufferMs(before, before)).toBeNull();
});
