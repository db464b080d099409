/**
 * A level meter's ballistics: fast up, slow down, a peak that is held, and a warning when the input clips.
 *
 * Feed blocks of samples in -1..1 with the time in ms; levels are in dB relative to full scale.
 */

export interface Level {
  /** What the bar shows. */
  readonly db: number;
  /** Highest level of the last moment. */
  readonly peakDb: number;
  /** Whether the input touched full scale in the last seconds. */
  readonly clipping: boolean;
}

/** Of the loudest of these, 0 to 1. */
export function amplitudeOf(levels: readonly Level[]): number {
  const db = Math.max(FLOOR_DB, ...levels.map((level) => level.db));
  return db <= FLOOR_DB ? 0 : Math.min(1, 10 ** (db / 20));
}

export const FLOOR_DB = -60;
const SILENT_DB = FLOOR_DB + 2;
const FALL_DB_PER_S = 24;
const PEAK_HOLD_MS = 1200;
const CLIP_HOLD_MS = 2500;
/** One sample may touch full scale by chance; converters that are driven too hard do it in runs. */
const CLIP_SAMPLE = 0.985;
const CLIP_RUN = 2;

export class LevelMeter {
  #db = FLOOR_DB;
  #peakDb = FLOOR_DB;
  #peakAtMs = -Infinity;
  #clippedAtMs = -Infinity;
  #atMs: number | null = null;

  feed(samples: Float32Array, nowMs: number): Level {
    const elapsedMs = this.#atMs === null ? 0 : Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    const { peak, clipped } = scan(samples);
    const db = toDb(peak);
    this.#db = Math.max(db, this.#db - (FALL_DB_PER_S * elapsedMs) / 1000, FLOOR_DB);
    if (db >= this.#peakDb || nowMs - this.#peakAtMs > PEAK_HOLD_MS) {
      this.#peakDb = db;
      this.#peakAtMs = nowMs;
    }
    if (clipped) this.#clippedAtMs = nowMs;
    return { db: this.#db, peakDb: this.#peakDb, clipping: nowMs - this.#clippedAtMs < CLIP_HOLD_MS };
  }
}

/** A pause is not a muted microphone. */
const SILENT_AFTER_MS = 2500;
/** Words that change faster than this cannot be read. */
const WORDS_FOR_MS = 400;

/** The words beside the meter: not said before there is something to say, and not changed faster than they are read. */
export class LevelTeller {
  #words = "";
  #saidAtMs = -Infinity;
  #heardAtMs: number | null = null;

  tell(levels: readonly Level[], nowMs: number): string {
    const audible = levels.some((level) => level.peakDb > SILENT_DB);
    if (audible || this.#heardAtMs === null) this.#heardAtMs = nowMs;
    const known = audible || nowMs - this.#heardAtMs >= SILENT_AFTER_MS;
    const clipping = levels.some((level) => level.clipping);
    if (known && (clipping || nowMs - this.#saidAtMs >= WORDS_FOR_MS)) {
      const words = levelWords(levels);
      if (words !== this.#words) this.#saidAtMs = nowMs;
      this.#words = words;
    }
    return this.#words;
  }
}

/** What an artist should make of the meter. */
export function levelWords(levels: readonly Level[]): string {
  if (levels.some((level) => level.clipping)) return "Too loud: it distorts. Turn the input down.";
  const peakDb = Math.max(FLOOR_DB, ...levels.map((level) => level.peakDb));
  if (peakDb <= SILENT_DB) return "Silent. Is the microphone muted?";
  if (peakDb < -36) return "Very soft.";
  if (peakDb < -3) return "Good level.";
  return "Loud. Leave a little room.";
}

/** Place of a level on a meter, 0 (floor) to 1 (full scale). */
export function meterPart(db: number): number {
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}

export function toDb(amplitude: number): number {
  return amplitude <= 0 ? FLOOR_DB : Math.max(FLOOR_DB, 20 * Math.log10(amplitude));
}

function scan(samples: Float32Array): { peak: number; clipped: boolean } {
  let peak = 0;
  let run = 0;
  let clipped = false;
  for (const sample of samples) {
    const size = Math.abs(sample);
    if (size > peak) peak = size;
    run = size >= CLIP_SAMPLE ? run + 1 : 0;
    if (run >= CLIP_RUN) clipped = true;
  }
  return { peak, clipped };
}
