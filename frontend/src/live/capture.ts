/**
 * The artist's camera and microphone: opens what is chosen, reopens what changes, says in words what failed.
 *
 * Holds at most one track of each kind. A track is closed only when its successor is open, so that a broadcast can swap
 * them without a gap. Publishes nothing.
 */
import {
  audioConstraints,
  captureFailure,
  type PictureChoice,
  pictureConstraints,
  type SourceChoice,
  videoConstraints,
} from "../core/capturing";
import { Store } from "../store";
import type { Tracks } from "./publisher";

export interface CaptureSnapshot extends Tracks {
  /** Whether devices have been asked for at all. */
  readonly asked: boolean;
  readonly opening: boolean;
  readonly camera: SourceChoice;
  readonly microphone: SourceChoice;
  readonly videoProblem: string | null;
  readonly audioProblem: string | null;
  readonly devices: readonly MediaDeviceInfo[];
}

const DEFAULT: SourceChoice = { kind: "default" };

export class Capture {
  readonly store = new Store<CaptureSnapshot>({
    asked: false,
    opening: false,
    camera: DEFAULT,
    microphone: DEFAULT,
    audio: null,
    video: null,
    videoProblem: null,
    audioProblem: null,
    devices: [],
  });
  /** Counts requests, so that a slow answer to an old choice is not taken for the new one's. */
  #asked = { audio: 0, video: 0 };

  constructor(
    private picture: PictureChoice,
    private music: boolean,
  ) {}

  /** Follow devices as they come and go. Returns the function that stops and closes everything. */
  start(): () => void {
    const refresh = () => void this.#listDevices();
    navigator.mediaDevices?.addEventListener("devicechange", refresh);
    refresh();
    return () => {
      navigator.mediaDevices?.removeEventListener("devicechange", refresh);
      this.#asked = { audio: this.#asked.audio + 1, video: this.#asked.video + 1 };
      this.#setAudio(null);
      this.#setVideo(null);
      this.store.update({ asked: false, opening: false });
    };
  }

  /** Open both chosen devices: with one question to the person when the browser has to ask. */
  async open(): Promise<void> {
    const { camera, microphone, video, audio } = this.store.get();
    this.store.update({ asked: true, opening: true });
    if (video === null && audio === null && camera.kind === "default" && microphone.kind === "default") {
      await this.#openTogether();
    } else {
      await Promise.all([video === null ? this.#openVideo() : null, audio === null ? this.#openAudio() : null]);
    }
    this.store.update({ opening: false });
    await this.#listDevices();
  }

  async chooseCamera(camera: SourceChoice): Promise<void> {
    this.store.update({ camera });
    if (this.store.get().asked) await this.#openVideo();
  }

  async chooseMicrophone(microphone: SourceChoice): Promise<void> {
    this.store.update({ microphone });
    if (this.store.get().asked) await this.#openAudio();
  }

  async setPicture(picture: PictureChoice): Promise<void> {
    this.picture = picture;
    const { video, camera, opening } = this.store.get();
    if (camera.kind === "screen") return;
    if (video === null) return opening ? this.#openVideo() : undefined;
    await video.applyConstraints(pictureConstraints(picture)).catch(() => this.#openVideo());
  }

  async setMusic(music: boolean): Promise<void> {
    this.music = music;
    // Also while the microphone is being opened: what comes would be opened as it was asked for before.
    if (this.store.get().asked) await this.#openAudio();
  }

  async #openTogether(): Promise<void> {
    const mine = { audio: ++this.#asked.audio, video: ++this.#asked.video };
    try {
      const stream = await devices().getUserMedia({
        video: videoConstraints(DEFAULT, this.picture),
        audio: audioConstraints(DEFAULT, this.music),
      });
      const [video, audio] = [stream.getVideoTracks()[0] ?? null, stream.getAudioTracks()[0] ?? null];
      if (mine.video === this.#asked.video) this.#setVideo(video);
      else video?.stop();
      if (mine.audio === this.#asked.audio) this.#setAudio(audio);
      else audio?.stop();
    } catch {
      // One of the two is missing or busy: ask for each that nobody asked for meanwhile, and tell about the one that fails.
      await Promise.all([
        mine.video === this.#asked.video ? this.#openVideo() : undefined,
        mine.audio === this.#asked.audio ? this.#openAudio() : undefined,
      ]);
    }
  }

  async #openVideo(): Promise<void> {
    const { camera } = this.store.get();
    const mine = ++this.#asked.video;
    if (camera.kind === "none") return this.#setVideo(null);
    try {
      const stream =
        camera.kind === "screen"
          ? await devices().getDisplayMedia({ video: { frameRate: { ideal: this.picture.framesPerSecond } }, audio: false })
          : await devices().getUserMedia({ video: videoConstraints(camera, this.picture) });
      if (mine !== this.#asked.video) return stopAll(stream);
      this.#setVideo(stream.getVideoTracks()[0] ?? null);
    } catch (error) {
      if (mine !== this.#asked.video) return;
      this.#setVideo(null);
      this.store.update({ videoProblem: captureFailure(nameOf(error), camera.kind === "screen" ? "screen" : "camera") });
    }
  }

  async #openAudio(): Promise<void> {
    const { microphone } = this.store.get();
    const mine = ++this.#asked.audio;
    if (microphone.kind === "none") return this.#setAudio(null);
    try {
      const stream = await devices().getUserMedia({ audio: audioConstraints(microphone, this.music) });
      if (mine !== this.#asked.audio) return stopAll(stream);
      this.#setAudio(stream.getAudioTracks()[0] ?? null);
    } catch (error) {
      if (mine !== this.#asked.audio) return;
      this.#setAudio(null);
      this.store.update({ audioProblem: captureFailure(nameOf(error), "microphone") });
    }
  }

  #setVideo(track: MediaStreamTrack | null): void {
    const before = this.store.get().video;
    if (track !== null) {
      track.contentHint = this.store.get().camera.kind === "screen" ? "detail" : "motion";
      track.addEventListener("ended", () => {
        if (this.store.get().video === track) this.store.update({ video: null, videoProblem: "The picture's source went away. Choose another one." });
      });
    }
    this.store.update({ video: track, videoProblem: null });
    before?.stop();
  }

  #setAudio(track: MediaStreamTrack | null): void {
    const before = this.store.get().audio;
    if (track !== null) {
      track.contentHint = this.music ? "music" : "speech";
      track.addEventListener("ended", () => {
        if (this.store.get().audio === track) this.store.update({ audio: null, audioProblem: "The microphone went away. Choose another one." });
      });
    }
    this.store.update({ audio: track, audioProblem: null });
    before?.stop();
  }

  async #listDevices(): Promise<void> {
    const list = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    this.store.update({ devices: list.filter((device) => device.deviceId !== "") });
  }
}

/** Whether both devices may be opened without asking the person. */
export async function alreadyAllowed(): Promise<boolean> {
  try {
    const names = ["camera", "microphone"] as PermissionName[];
    const states = await Promise.all(names.map((name) => navigator.permissions.query({ name })));
    return states.every((status) => status.state === "granted");
  } catch {
    return false;
  }
}

/** Browsers offer no devices at all to pages that came over plain HTTP from elsewhere than this machine. */
export function capturePossible(): boolean {
  return window.isSecureContext && navigator.mediaDevices !== undefined;
}

function devices(): MediaDevices {
  if (!capturePossible()) throw new DOMException("insecure page", "SecurityError");
  return navigator.mediaDevices;
}

function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function nameOf(error: unknown): string {
  return error instanceof DOMException || error instanceof Error ? error.name : "unknown";
}
