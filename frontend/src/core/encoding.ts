/** What the artist may choose to send, and what that means for the encoders. No browser calls, only their types. */
import type { FmtpParameters } from "../protocol/sdp";

export type CodecChoice = "auto" | "H264" | "VP8" | "VP9" | "AV1";
export type Height = 360 | 480 | 720 | 1080;
export type FrameRate = 24 | 30 | 60;

export interface EncodingPlan {
  readonly codec: CodecChoice;
  readonly videoBps: number;
  readonly audioBps: number;
  readonly framesPerSecond: FrameRate;
  readonly music: boolean;
}

export const CODECS: readonly CodecChoice[] = ["auto", "H264", "VP8", "VP9", "AV1"];
export const HEIGHTS: readonly Height[] = [360, 480, 720, 1080];
export const FRAME_RATES: readonly FrameRate[] = [24, 30, 60];
export const VIDEO_KBPS: readonly number[] = [600, 1000, 1500, 2500, 4000, 6000, 8000];
export const MUSIC_KBPS: readonly number[] = [128, 256, 510];
export const VOICE_BPS = 96_000;

/** A bitrate that suits the picture: 720p30 at 2.5 Mbit/s, the others around it, from the choices offered. */
export function suggestedVideoKbps(height: Height, framesPerSecond: FrameRate): number {
  const base = { 360: 600, 480: 1000, 720: 2500, 1080: 4000 }[height];
  if (framesPerSecond < 60) return base;
  return VIDEO_KBPS.find((kbps) => kbps > base) ?? base;
}

export function widthOf(height: Height): number {
  return Math.round((height * 16) / 9 / 2) * 2;
}

/** Opus parameters (RFC 7587 section 6.1): what we send, and what the encoder is told that the far end wants. */
export function opusParameters(plan: EncodingPlan): FmtpParameters {
  if (!plan.music) return { stereo: 0, "sprop-stereo": 0, maxaveragebitrate: plan.audioBps, useinbandfec: 1 };
  return { stereo: 1, "sprop-stereo": 1, maxaveragebitrate: plan.audioBps, useinbandfec: 1, usedtx: 0, cbr: 0 };
}

export function startBitrateKbps(plan: EncodingPlan): number {
  return Math.round((plan.videoBps * 0.6) / 1000);
}

interface CodecCapability {
  readonly mimeType: string;
  readonly sdpFmtpLine?: string;
}

const REPAIR = /\/(rtx|red|ulpfec|flexfec-03)$/i;
/** Widest hardware support first among H264 variants: constrained baseline in one-packet-may-be-a-fragment mode. */
const H264_FIRST = [/packetization-mode=1/, /profile-level-id=42e01f/i];

/**
 * Codecs in the order to offer them. "auto" means H264 first: every device plays it, most cameras' machines encode it
 * in hardware. A named codec is offered alone, so that the choice is kept or refused, never silently replaced.
 * Returns [] when the browser lacks it: then the browser's own order stands.
 */
export function codecOrder<C extends CodecCapability>(capabilities: readonly C[], choice: CodecChoice): C[] {
  const wanted = choice === "auto" ? "H264" : choice;
  const is = (codec: C) => codec.mimeType.toLowerCase() === `video/${wanted.toLowerCase()}`;
  const first = capabilities.filter(is).toSorted((a, b) => h264Rank(b) - h264Rank(a));
  if (first.length === 0) return [];
  const rest = capabilities.filter((codec) => !is(codec) && (choice === "auto" || REPAIR.test(codec.mimeType)));
  return [...first, ...rest];
}

function h264Rank(codec: CodecCapability): number {
  return H264_FIRST.filter((pattern) => pattern.test(codec.sdpFmtpLine ?? "")).length;
}
