/** What is asked of cameras and microphones, and what their refusals mean in plain words. No browser calls. */
import { type FrameRate, type Height, widthOf } from "./encoding";

/** A device's id, the browser's default one, none at all, or (for pictures) the screen. */
export type SourceChoice = { readonly kind: "device"; readonly id: string } | { readonly kind: "default" | "none" | "screen" };

export interface PictureChoice {
  readonly height: Height;
  readonly framesPerSecond: FrameRate;
}

export function videoConstraints(source: SourceChoice, picture: PictureChoice): MediaTrackConstraints {
  return {
    ...(source.kind === "device" ? { deviceId: { exact: source.id } } : {}),
    ...pictureConstraints(picture),
  };
}

/** Wishes, not demands: a camera that cannot do it gives what it has. */
export function pictureConstraints({ height, framesPerSecond }: PictureChoice): MediaTrackConstraints {
  return { width: { ideal: widthOf(height) }, height: { ideal: height }, frameRate: { ideal: framesPerSecond } };
}

/** Music mode switches off everything that browsers do to make speech clear, because it eats instruments. */
export function audioConstraints(source: SourceChoice, music: boolean): MediaTrackConstraints {
  const device = source.kind === "device" ? { deviceId: { exact: source.id } } : {};
  if (!music) return { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return {
    ...device,
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    channelCount: { ideal: 2 },
    sampleRate: { ideal: 48_000 },
  };
}

/** Why a device did not open; `name` is the DOMException's (W3C mediacapture-main section 10.2). */
export function captureFailure(name: string, what: "camera" | "microphone" | "screen"): string {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      if (what === "screen") return "The screen was not shared.";
      return `The browser may not use the ${what}. Allow it with the icon beside the page's address, then try again.`;
    case "NotFoundError":
      return `No ${what} was found. Connect one; it appears here by itself.`;
    case "NotReadableError":
    case "AbortError":
      return `The ${what} is in use by another program, or does not answer. Close the other program, then try again.`;
    case "OverconstrainedError":
      return `This ${what} is gone. Choose another one.`;
    default:
      return `The ${what} could not be opened (${name}).`;
  }
}
