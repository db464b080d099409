/** The studio's choices and their defaults, and the encoding plan they make. */
import { type CodecChoice, type EncodingPlan, type FrameRate, type Height, VOICE_BPS } from "./encoding";

export interface StudioSettings {
  readonly height: Height;
  readonly framesPerSecond: FrameRate;
  readonly videoKbps: number;
  readonly codec: CodecChoice;
  readonly music: boolean;
  readonly musicKbps: number;
  readonly mirror: boolean;
}

export const DEFAULT_SETTINGS: StudioSettings = {
  height: 720,
  framesPerSecond: 30,
  videoKbps: 2500,
  codec: "auto",
  music: false,
  musicKbps: 510,
  mirror: true,
};

export function planOf(settings: StudioSettings): EncodingPlan {
  return {
    codec: settings.codec,
    videoBps: settings.videoKbps * 1000,
    audioBps: settings.music ? settings.musicKbps * 1000 : VOICE_BPS,
    framesPerSecond: settings.framesPerSecond,
    music: settings.music,
  };
}
