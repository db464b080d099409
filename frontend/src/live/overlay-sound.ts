/** The sounds of alerts, made on the spot by Web Audio. Where a page may not sound, nothing happens. */
import type { Sound } from "../protocol/overlay";

/** Of the chime: a rising fourth and sixth, each a bell of three partials (ratio to the tone, loudness, seconds). */
const CHIME_HZ = [659.26, 880, 1108.73];
const PARTIALS = [
  [1, 0.5, 1.6],
  [2.76, 0.18, 0.7],
  [5.4, 0.07, 0.35],
] as const;
const CHIME_STEP_S = 0.13;
const CLAPS = 46;
const CHEER_S = 1.9;

export class OverlaySound {
  #context: AudioContext | null = null;
  #playing: GainNode | null = null;

  /** `volume` is 0 to 1. */
  ring(sound: Sound, volume: number): void {
    this.hush();
    if (sound === "none" || volume <= 0) return;
    const context = (this.#context ??= new AudioContext());
    // Until somebody has clicked, some browsers let no page sound; OBS lets every page.
    if (context.state === "suspended") void context.resume().catch(() => undefined);
    const out = context.createGain();
    out.gain.value = Math.min(1, volume) ** 2;
    out.connect(context.destination);
    this.#playing = out;
    if (sound === "chime") chime(context, out);
    else cheer(context, out);
  }

  hush(): void {
    const context = this.#context;
    if (context === null || this.#playing === null) return;
    this.#playing.gain.setTargetAtTime(0, context.currentTime, 0.03);
    this.#playing = null;
  }

  close(): void {
    void this.#context?.close().catch(() => undefined);
    this.#context = null;
    this.#playing = null;
  }
}

function chime(context: AudioContext, out: AudioNode): void {
  CHIME_HZ.forEach((tone, place) => {
    const atS = context.currentTime + place * CHIME_STEP_S;
    for (const [ratio, loudness, lastsS] of PARTIALS) {
      const bell = context.createOscillator();
      bell.frequency.value = tone * ratio;
      bell.connect(struck(context, out, loudness, atS, lastsS));
      bell.start(atS);
      bell.stop(atS + lastsS);
    }
  });
}

/** A room full of hands, swelling and dying away. */
function cheer(context: AudioContext, out: AudioNode): void {
  const noise = context.createBuffer(1, Math.ceil(context.sampleRate * 0.06), context.sampleRate);
  const samples = noise.getChannelData(0);
  for (let index = 0; index < samples.length; index += 1) samples[index] = Math.random() * 2 - 1;
  for (let clap = 0; clap < CLAPS; clap += 1) {
    const place = clap / CLAPS;
    const atS = context.currentTime + place * CHEER_S + Math.random() * 0.07;
    const hands = context.createBufferSource();
    hands.buffer = noise;
    const palm = context.createBiquadFilter();
    palm.type = "bandpass";
    palm.frequency.value = 900 + Math.random() * 1800;
    palm.Q.value = 1.4;
    hands.connect(palm).connect(struck(context, out, 0.9 * Math.sin(Math.PI * Math.min(1, place + 0.2)), atS, 0.06));
    hands.start(atS);
  }
}

/** A way out that is loud at once and dies away. */
function struck(context: AudioContext, out: AudioNode, loudness: number, atS: number, lastsS: number): GainNode {
  const gain = context.createGain();
  gain.gain.setValueAtTime(0.0001, atS);
  gain.gain.exponentialRampToValueAtTime(Math.max(0.0002, loudness), atS + 0.006);
  gain.gain.exponentialRampToValueAtTime(0.0001, atS + lastsS);
  gain.connect(out);
  return gain;
}
