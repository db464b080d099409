/**
 * Sound of a <video> element: plays with sound where the browser lets it, muted where it must, and remembers the volume.
 */
import { Store } from "../store";

export interface Sound {
  readonly volume: number;
  readonly muted: boolean;
  /** Muted by the browser's autoplay rule, not by the person: a clear button has to offer the sound. */
  readonly blocked: boolean;
  readonly paused: boolean;
}

const STORED = "harmonie.volume";

export class Playout {
  readonly store: Store<Sound>;
  #video: HTMLVideoElement | null = null;
  #wantsToPlay = true;

  constructor() {
    this.store = new Store<Sound>({ ...recall(), blocked: false, paused: false });
  }

  /** Drive this element until the returned function is called. */
  attach(video: HTMLVideoElement): () => void {
    this.#video = video;
    const { volume, muted } = this.store.get();
    video.volume = volume;
    video.muted = muted;
    const ready = () => void this.#play();
    const paused = () => this.store.update({ paused: video.paused && !this.#wantsToPlay });
    video.addEventListener("loadedmetadata", ready);
    video.addEventListener("pause", paused);
    video.addEventListener("playing", paused);
    return () => {
      video.removeEventListener("loadedmetadata", ready);
      video.removeEventListener("pause", paused);
      video.removeEventListener("playing", paused);
      this.#video = null;
    };
  }

  togglePlay(): void {
    const video = this.#video;
    if (video === null) return;
    this.#wantsToPlay = video.paused;
    this.store.update({ paused: !this.#wantsToPlay });
    if (this.#wantsToPlay) void this.#play();
    else video.pause();
  }

  toggleMute(): void {
    const { muted, volume } = this.store.get();
    this.#apply(!muted, muted && volume === 0 ? 0.5 : volume);
  }

  /** 0 to 1. Turning the volume up also unmutes. */
  setVolume(volume: number): void {
    const bounded = Math.min(1, Math.max(0, volume));
    this.#apply(bounded === 0, bounded);
  }

  #apply(muted: boolean, volume: number): void {
    this.store.update({ muted, volume, blocked: false });
    localStorage.setItem(STORED, JSON.stringify({ muted, volume }));
    if (this.#video === null) return;
    this.#video.muted = muted;
    this.#video.volume = volume;
    if (this.#wantsToPlay) void this.#play();
  }

  async #play(): Promise<void> {
    const video = this.#video;
    if (video === null || !this.#wantsToPlay) return;
    try {
      await video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError" || video.muted) return;
      video.muted = true;
      this.store.update({ muted: true, blocked: true });
      await video.play().catch(() => undefined);
    }
  }
}

function recall(): { volume: number; muted: boolean } {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? "null");
    if (typeof stored === "object" && stored !== null && "volume" in stored && "muted" in stored) {
      const { volume, muted } = stored;
      if (typeof volume === "number" && volume >= 0 && volume <= 1 && typeof muted === "boolean") return { volume, muted };
    }
  } catch {
    // Storage may be forbidden or hold something else's text: the defaults do.
  }
  return { volume: 1, muted: false };
}
