/** The statistics panel's numbers, from two readings of the receiving side. No clocks and no browser calls here. */

/** Totals as getStats() counts them (W3C webrtc-stats inbound-rtp, candidate-pair); null where not reported. */
export interface PlaybackReading {
  readonly atMs: number;
  readonly video: InboundReading | null;
  readonly audio: InboundReading | null;
  readonly roundTripMs: number | null;
  /** Such as "udp, host to prflx". */
  readonly transport: string | null;
}

export interface InboundReading {
  readonly codec: string | null;
  readonly bytes: number;
  readonly packets: number;
  readonly packetsLost: number;
  readonly jitterBufferDelayS: number;
  readonly jitterBufferEmitted: number;
  readonly framesDecoded: number;
  readonly framesDropped: number;
  readonly freezes: number;
  readonly width: number;
  readonly height: number;
}

export interface PlaybackRow {
  readonly label: string;
  readonly value: string;
}

/** Rows to show, in order. `before` is the reading about a second earlier, null at first. */
export function playbackRows(
  before: PlaybackReading | null,
  now: PlaybackReading,
  firstFrameMs: number | null,
): PlaybackRow[] {
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
  const rate = (a: number | undefined, b: number | undefined) =>
    seconds > 0 && a !== undefined && b !== undefined ? Math.max(0, b - a) / seconds : null;
  const { video, audio } = now;
  const rows: (PlaybackRow | null)[] = [
    video && row("Picture", video.width > 0 ? `${video.width} × ${video.height}` : null),
    video && row("Frames", number(rate(before?.video?.framesDecoded, video.framesDecoded), " /s")),
    video && row("Frames dropped", String(video.framesDropped)),
    video && row("Freezes", String(video.freezes)),
    video && row("Video codec", video.codec),
    video && row("Video bitrate", bits(rate(before?.video?.bytes, video.bytes))),
    video && row("Video lost", lost(video)),
    video && row("Video buffer", bufferDelay(before?.video ?? null, video)),
    audio && row("Audio codec", audio.codec),
    audio && row("Audio bitrate", bits(rate(before?.audio?.bytes, audio.bytes))),
    audio && row("Audio lost", lost(audio)),
    audio && row("Audio buffer", bufferDelay(before?.audio ?? null, audio)),
    row("Round trip", number(now.roundTripMs, " ms")),
    row("First frame", number(firstFrameMs, " ms")),
    row("Transport", now.transport),
  ];
  return rows.filter((item) => item !== null);
}

/** What is known of HLS; null where it is not. */
export interface HlsNumbers {
  readonly latencyMs: number | null;
  readonly bufferedS: number;
  readonly bitrateBps: number | null;
  readonly codecs: string | null;
  readonly dropped: number;
  readonly gaps: boolean;
  readonly width: number;
  readonly height: number;
}

export function hlsRows(now: HlsNumbers, firstFrameMs: number | null): PlaybackRow[] {
  return [
    row("Picture", now.width > 0 ? `${now.width} × ${now.height}` : null),
    row("Behind the stage", now.latencyMs === null ? null : `${(now.latencyMs / 1000).toFixed(1)} s`),
    row("Buffer", `${now.bufferedS.toFixed(1)} s`),
    row("Codecs", now.codecs),
    row("Bitrate", now.bitrateBps === null ? null : `${Math.round(now.bitrateBps / 1000)} kbit/s`),
    row("Frames dropped", String(now.dropped)),
    row("Left out by the server", now.gaps ? "yes: it does not keep up" : null),
    row("First frame", number(firstFrameMs, " ms")),
  ];
}

/** Mean time that what was played in this interval had waited in the jitter buffer, in ms; null when nothing was. */
export function meanBufferMs(before: InboundReading | null, now: InboundReading): number | null {
  const emitted = now.jitterBufferEmitted - (before?.jitterBufferEmitted ?? 0);
  if (emitted <= 0) return null;
  return (1000 * (now.jitterBufferDelayS - (before?.jitterBufferDelayS ?? 0))) / emitted;
}

function bufferDelay(before: InboundReading | null, now: InboundReading): string | null {
  return number(meanBufferMs(before, now), " ms");
}

function lost(reading: InboundReading): string {
  const total = reading.packets + reading.packetsLost;
  const percent = total > 0 ? (100 * Math.max(0, reading.packetsLost)) / total : 0;
  return `${reading.packetsLost} (${percent.toFixed(1)} %)`;
}

function bits(bytesPerSecond: number | null): string | null {
  return bytesPerSecond === null ? null : `${Math.round((8 * bytesPerSecond) / 1000)} kbit/s`;
}

function number(value: number | null, unit: string): string | null {
  return value === null ? null : `${Math.round(value)}${unit}`;
}

function row(label: string, value: string | null): PlaybackRow {
  return { label, value: value ?? "–" };
}
