/** Browser statistics (W3C webrtc-stats) as the plain readings that `core/` judges. Reads only; keeps nothing. */
import type { PublishReading } from "../core/health";
import type { InboundReading, PlaybackReading } from "../core/playback";

/** One entry of a report; the fields are looked up by name, because browsers differ in which they give. */
type Entry = Readonly<Record<string, unknown>>;

export async function readPublishing(connection: RTCPeerConnection): Promise<PublishReading> {
  const report = await entries(connection);
  const outbound = report.filter((entry) => entry["type"] === "outbound-rtp");
  const remote = report.filter((entry) => entry["type"] === "remote-inbound-rtp");
  const video = outbound.find((entry) => entry["kind"] === "video");
  return {
    atMs: performance.now(),
    bytesSent: sum(outbound, "bytesSent"),
    packetsSent: sum(outbound, "packetsSent"),
    packetsLost: sum(remote, "packetsLost"),
    roundTripMs: roundTripMs(report, remote),
    video: video
      ? {
          framesSent: number(video, "framesSent") || number(video, "framesEncoded"),
          width: number(video, "frameWidth"),
          height: number(video, "frameHeight"),
          limitation: text(video, "qualityLimitationReason") ?? "none",
          codec: codecOf(report, video),
        }
      : null,
  };
}

export async function readPlayback(connection: RTCPeerConnection): Promise<PlaybackReading> {
  const report = await entries(connection);
  return {
    atMs: performance.now(),
    video: inbound(report, "video"),
    audio: inbound(report, "audio"),
    roundTripMs: roundTripMs(report, []),
    transport: transportOf(report),
  };
}

/** Loudness of the sound just played, 0 to 1. */
export async function readAudioLevel(connection: RTCPeerConnection): Promise<number> {
  const receiver = connection.getReceivers().find((item) => item.track.kind === "audio");
  if (receiver === undefined) return 0;
  let level = 0;
  (await receiver.getStats()).forEach((entry: Entry) => {
    if (entry["type"] === "inbound-rtp") level = number(entry, "audioLevel");
  });
  return level;
}

async function entries(connection: RTCPeerConnection): Promise<Entry[]> {
  const list: Entry[] = [];
  (await connection.getStats()).forEach((entry: Entry) => list.push(entry));
  return list;
}

function inbound(report: readonly Entry[], kind: string): InboundReading | null {
  const entry = report.find((item) => item["type"] === "inbound-rtp" && item["kind"] === kind);
  if (entry === undefined) return null;
  return {
    codec: codecOf(report, entry),
    bytes: number(entry, "bytesReceived"),
    packets: number(entry, "packetsReceived"),
    packetsLost: number(entry, "packetsLost"),
    jitterBufferDelayS: number(entry, "jitterBufferDelay"),
    jitterBufferEmitted: number(entry, "jitterBufferEmittedCount"),
    framesDecoded: number(entry, "framesDecoded"),
    framesDropped: number(entry, "framesDropped"),
    freezes: number(entry, "freezeCount"),
    width: number(entry, "frameWidth"),
    height: number(entry, "frameHeight"),
  };
}

/** The selected pair's check time; else what the far end's receiver reports tell. */
function roundTripMs(report: readonly Entry[], remote: readonly Entry[]): number | null {
  const seconds = [selectedPair(report)?.["currentRoundTripTime"], ...remote.map((entry) => entry["roundTripTime"])];
  const known = seconds.find((value) => typeof value === "number");
  return known === undefined ? null : known * 1000;
}

function transportOf(report: readonly Entry[]): string | null {
  const pair = selectedPair(report);
  const find = (key: string) => report.find((entry) => entry["id"] === pair?.[key]);
  const local = find("localCandidateId");
  const remote = find("remoteCandidateId");
  if (local === undefined || remote === undefined) return null;
  const kinds = `${text(local, "candidateType") ?? "?"} to ${text(remote, "candidateType") ?? "?"}`;
  return `${text(local, "protocol") ?? "?"}, ${kinds}`;
}

function selectedPair(report: readonly Entry[]): Entry | undefined {
  const transport = report.find((entry) => entry["type"] === "transport" && entry["selectedCandidatePairId"]);
  const id = transport?.["selectedCandidatePairId"];
  return report.find((entry) => entry["type"] === "candidate-pair" && (entry["id"] === id || entry["selected"] === true));
}

function codecOf(report: readonly Entry[], stream: Entry): string | null {
  const codec = report.find((entry) => entry["id"] === stream["codecId"]);
  const name = codec && text(codec, "mimeType")?.split("/")[1];
  if (name === undefined) return null;
  const stereo = /(^|;)\s*stereo=1/.test(text(codec ?? {}, "sdpFmtpLine") ?? "");
  return name.toLowerCase() === "opus" && stereo ? "opus, stereo" : name;
}

function sum(list: readonly Entry[], key: string): number {
  return list.reduce((total, entry) => total + number(entry, key), 0);
}

function number(entry: Entry, key: string): number {
  const value = entry[key];
  return typeof value === "number" ? value : 0;
}

function text(entry: Entry, key: string): string | null {
  const value = entry[key];
  return typeof value === "string" ? value : null;
}
