/**
 * The files of a replay, end to end on one clock: that of its broadcast. Without I/O.
 *
 * Between two parts there may be a stretch of which nothing was kept; there is nothing to show in it, so a moment within
 * it means the part after it, or the end of the one before when the person goes back.
 */
import type { PreviewStrip, ReplayPart } from "../protocol/replays";

type Files = readonly Pick<ReplayPart, "start_ms" | "duration_ms">[];

/** A moment in a file. */
export interface Place {
  readonly index: number;
  readonly offsetMs: number;
}

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Shorter ones nobody would notice. */
const GAP_MS = 1000;
/** So much of a part is seen when somebody goes back to its end. */
const BEFORE_END_MS = 1000;
/** What is longer has another reason. */
const OVERLAP_MS = 1500;

export function bounds(parts: Files): Stretch {
  const fromMs = parts[0]?.start_ms ?? 0;
  return { fromMs, toMs: parts.reduce((latest, part) => Math.max(latest, endOf(part)), fromMs) };
}

/** Where a moment of the clock is; the nearest there is when it is outside. Null when there are no parts. */
export function placeAt(parts: Files, clockMs: number, toward: "on" | "back" = "on"): Place | null {
  if (parts.length === 0) return null;
  const index = Math.max(0, parts.findLastIndex((part) => part.start_ms <= clockMs));
  const part = parts[index] as Files[number];
  const offsetMs = Math.max(0, clockMs - part.start_ms);
  if (offsetMs < part.duration_ms) return { index, offsetMs };
  if (toward === "on" && index + 1 < parts.length) return { index: index + 1, offsetMs: 0 };
  return { index, offsetMs: toward === "on" ? part.duration_ms : Math.max(0, part.duration_ms - BEFORE_END_MS) };
}

export function clockAt(parts: Files, { index, offsetMs }: Place): number {
  const part = parts[index];
  return part === undefined ? 0 : part.start_ms + Math.min(Math.max(0, offsetMs), part.duration_ms);
}

/**
 * Where in a part the one before it leaves off. Its sound goes on for a little while the picture is between two files, and
 * the next file is silent for as long: whoever plays that from its beginning hears a hole.
 */
export function continuation(parts: Files, index: number): number {
  const [before, part] = [parts[index - 1], parts[index]];
  if (before === undefined || part === undefined) return 0;
  const overlapMs = endOf(before) - part.start_ms;
  return overlapMs > 0 && overlapMs <= Math.min(OVERLAP_MS, part.duration_ms) ? overlapMs : 0;
}

/** The stretches of which nothing was kept. */
export function gapsOf(parts: Files): readonly Stretch[] {
  return parts.slice(1).flatMap((part, before) => {
    const fromMs = endOf(parts[before] as Files[number]);
    return part.start_ms - fromMs >= GAP_MS ? [{ fromMs, toMs: part.start_ms }] : [];
  });
}

/** Which picture of the strip shows a moment of the clock, as its column and row; null when there is none. */
export function pictureAt(strip: PreviewStrip | null, parts: Files, clockMs: number): { readonly column: number; readonly row: number } | null {
  if (strip === null || strip.pictures === 0 || strip.interval_ms === 0) return null;
  const picture = Math.min(strip.pictures - 1, Math.max(0, Math.floor((clockMs - bounds(parts).fromMs) / strip.interval_ms)));
  return { column: picture % strip.columns, row: Math.floor(picture / strip.columns) };
}

function endOf(part: Files[number]): number {
  return part.start_ms + part.duration_ms;
}
