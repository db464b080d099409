/** Reads alerts aloud by the browser's own voice. Text goes in as text; there is no markup to be had. */

/** A browser without voices says nothing at all, not even that it failed. */
const BEGINS_WITHIN_MS = 2500;

export class OverlayVoice {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #current: SpeechSynthesisUtterance | null = null;

  /** `over` is told once: it was read, could not be, or was ended by `hush`. */
  speak(text: string, volume: number, over: () => void): void {
    this.hush();
    if (!("speechSynthesis" in window)) {
      over();
      return;
    }
    const words = new SpeechSynthesisUtterance(text);
    words.volume = Math.min(1, Math.max(0, volume));
    let told = false;
    const tell = () => {
      if (told) return;
      told = true;
      if (this.#current === words) {
        this.#current = null;
        clearTimeout(this.#timer);
      }
      over();
    };
    words.addEventListener("start", () => {
      if (this.#current === words) clearTimeout(this.#timer);
    });
    words.addEventListener("end", tell);
    words.addEventListener("error", tell);
    this.#current = words;
    this.#timer = setTimeout(tell, BEGINS_WITHIN_MS);
    speechSynthesis.speak(words);
  }

  hush(): void {
    clearTimeout(this.#timer);
    if (this.#current === null) return;
    this.#current = null;
    speechSynthesis.cancel();
  }
}
