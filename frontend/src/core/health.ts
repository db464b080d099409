/**
 * The artist's connection in plain words, from two readings of the browser's statistics a moment apart.
 *
 * Feed one `PublishReading` about every second; no clocks and no browser calls here.
 */

/** Totals as getStats() counts them (W3C webrtc-stats), summed over the streams sent; null where not reported. */
export interface PublishReading {
  readonly atMs: number;
  readonly bytesSent: number;
  readonly packetsSent: number;
  /** As the server reports it. */
  readonly packetsLost: number;
  readonly roundTripMs: number | null;
  readonly video: {
    readonly framesSent: number;
    readonly width: number;
    readonly height: number;
    readonly limitation: string;
    readonly codec: string | null;
  } | null;
}

export type Grade = "starting" | "good" | "fair" | "poor";

export interface Health {
  readonly grade: Grade;
  /** One sentence for the artist. */
  readonly words: string;
  readonly bitrateBps: number;
  readonly roundTripMs: number | null;
  /** Part of the packets of this interval that the server missed, 0 to 1. */
  readonly loss: number;
  readonly framesPerSecond: number | null;
  readonly width: number;
  readonly height: number;
  readonly codec: string | null;
}

export interface Expectation {
  readonly videoBps: number;
  readonly framesPerSecond: number;
}

/** The first seconds tell nothing: the encoder is still finding its rate. */
const SETTLING_MS = 4000;

export class HealthJudge {
  #before: PublishReading | null = null;
  #sinceMs: number | null = null;

  constructor(private readonly expected: Expectation) {}

  /** Judge the interval that ends with `reading`; null for the first reading, which ends none. */
  judge(reading: PublishReading): Health | null {
    const before = this.#before;
    this.#before = reading;
    this.#sinceMs ??= reading.atMs;
    if (before === null || reading.atMs <= before.atMs) return null;
    const seconds = (reading.atMs - before.atMs) / 1000;
    const sent = Math.max(0, reading.packetsSent - before.packetsSent);
    const lost = Math.max(0, reading.packetsLost - before.packetsLost);
    const numbers = {
      bitrateBps: (8 * Math.max(0, reading.bytesSent - before.bytesSent)) / seconds,
      roundTripMs: reading.roundTripMs,
      loss: sent > 0 ? Math.min(1, lost / sent) : 0,
      framesPerSecond:
        reading.video && before.video ? Math.max(0, reading.video.framesSent - before.video.framesSent) / seconds : null,
      width: reading.video?.width ?? 0,
      height: reading.video?.height ?? 0,
      codec: reading.video?.codec ?? null,
    };
    if (reading.atMs - this.#sinceMs < SETTLING_MS) {
      return { ...numbers, grade: "starting", words: "The picture sharpens over the first seconds." };
    }
    return { ...numbers, ...this.#verdict(numbers, sent, reading.video?.limitation ?? "none") };
  }

  /** Worst reason first; the artist gets one sentence that says what is wrong and what helps. */
  #verdict(
    numbers: Pick<Health, "roundTripMs" | "loss" | "framesPerSecond" | "bitrateBps">,
    sent: number,
    limitation: string,
  ): Pick<Health, "grade" | "words"> {
    const { loss, roundTripMs, framesPerSecond, bitrateBps } = numbers;
    if (sent === 0) return poor("Nothing is leaving your computer. Check your network connection.");
    if (loss > 0.08) return poor("Many packets are lost on the way, fans will notice. A cable, or moving closer to the router, helps.");
    const choppy = framesPerSecond !== null && framesPerSecond < this.expected.framesPerSecond * 0.5;
    if (limitation === "cpu") {
      const words = "Your computer is busy, so the picture is reduced. Close other programs, or choose a smaller picture.";
      return choppy ? poor(words) : fair(words);
    }
    if (limitation === "bandwidth") {
      const words = "Your connection is narrow, so the picture is reduced. Choose a lower bitrate, or free the connection.";
      return bitrateBps < this.expected.videoBps * 0.35 ? poor(words) : fair(words);
    }
    if (roundTripMs !== null && roundTripMs > 500) return poor("The way to the server is very slow. Fans hear you late.");
    if (choppy) return fair("Fewer pictures per second leave than you chose. In dim light cameras slow down; more light helps.");
    if (loss > 0.02) return fair("Some packets are lost on the way. Most are repaired; a cable connection helps.");
    if (roundTripMs !== null && roundTripMs > 250) return fair("The way to the server is slow. Fans hear you a little later.");
    return { grade: "good", words: "All is well. Fans get what you send." };
  }
}

function poor(words: string): Pick<Health, "grade" | "words"> {
  return { grade: "poor", words };
}

function fair(words: string): Pick<Health, "grade" | "words"> {
  return { grade: "fair", words };
}
