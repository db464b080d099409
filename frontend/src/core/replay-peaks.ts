/**
 * Where people talked and tipped most: what is drawn over the seek bar, and the moments worth a jump. Without I/O.
 *
 * Stretches are of the recording's whole length; its density begins with it.
 */
import type { Density } from "../protocol/replays";
import type { Stretch } from "./replay-parts";

/** A moment at which more was going on than before and after it. */
export interface Peak {
  readonly clockMs: number;
  readonly lines: number;
  readonly tips: number;
}

/** So many points are drawn; more would not be seen. */
export const CURVE_POINTS = 100;
export const WAVE_POINTS = 250;
/** Silence is a line, not nothing. */
const LOW = 2;
/** A tip weighs as much as so many lines. */
const TIP_WEIGHT = 3;
/** People say something when it has happened. */
const REACTION_MS = 4000;
const MOST = 4;
/** Of two that are closer, the higher one is told. */
const APART_MS = 15_000;

/** Heights from 0 to 1 over a stretch of the clock, smoothed a little; empty when nothing was said. */
export function curveOf({ bin_ms: binMs, chat }: Density, { fromMs, toMs }: Stretch): readonly number[] {
  const lengthMs = toMs - fromMs;
  if (lengthMs <= 0) return [];
  const step = lengthMs / CURVE_POINTS;
  const points = Array.from({ length: CURVE_POINTS }, (_, point) => sumWithin(chat, binMs, point * step, (point + 1) * step));
  const smooth = points.map((each, at) => ((points[at - 1] ?? each) + 2 * each + (points[at + 1] ?? each)) / 4);
  const highest = Math.max(...smooth);
  return highest === 0 ? [] : smooth.map((each) => each / highest);
}

/** The outline for an SVG of `CURVE_POINTS` by 1, closed at the bottom. */
export function pathOf(curve: readonly number[]): string {
  if (curve.length === 0) return "";
  const points = curve.map((height, at) => `L${at + 0.5} ${round(1 - height)}`).join("");
  return `M0 1L0 ${round(1 - (curve[0] as number))}${points}L${curve.length} ${round(1 - (curve.at(-1) as number))}L${curve.length} 1Z`;
}

/** Where tips came, as shares of a stretch of the clock. */
export function tipMarks({ bin_ms: binMs, tips }: Density, { fromMs, toMs }: Stretch): readonly { readonly at: number; readonly tips: number }[] {
  if (toMs <= fromMs) return [];
  return tips.flatMap((count, bin) => {
    const at = ((bin + 0.5) * binMs) / (toMs - fromMs);
    return count > 0 && at <= 1 ? [{ at, tips: count }] : [];
  });
}

/** The most lively moments, in the order of time; none where all is alike. */
export function peaksOf({ bin_ms: binMs, chat, tips }: Density, { fromMs, toMs }: Stretch): readonly Peak[] {
  const weights = chat.map((lines, bin) => lines + TIP_WEIGHT * (tips[bin] ?? 0));
  const bins = Math.min(weights.length, Math.ceil((toMs - fromMs) / binMs));
  const mean = weights.reduce((sum, each) => sum + each, 0) / Math.max(1, bins);
  return weights
    .flatMap((weight, bin) => {
      const clockMs = fromMs + Math.max(0, bin * binMs - REACTION_MS);
      const highest = weight >= (weights[bin - 1] ?? 0) && weight > (weights[bin + 1] ?? 0);
      return highest && weight > 2 && weight > 2 * mean ? [{ weight, clockMs, lines: chat[bin] ?? 0, tips: tips[bin] ?? 0 }] : [];
    })
    .sort((a, b) => b.weight - a.weight)
    .reduce<readonly (Peak & { readonly weight: number })[]>((kept, peak) => (kept.some((each) => Math.abs(each.clockMs - peak.clockMs) < APART_MS) ? kept : [...kept, peak]), [])
    .slice(0, MOST)
    .map(({ clockMs, lines, tips: tipped }) => ({ clockMs, lines, tips: tipped }))
    .sort((a, b) => a.clockMs - b.clockMs);
}

/** The outline of a sound of 0 to 255 per stretch, mirrored, for an SVG of `WAVE_POINTS` by -1 to 1; empty for silence. */
export function outlineOf(peaks: Uint8Array): string {
  if (!peaks.some((each) => each > 0)) return "";
  const heights = Array.from({ length: WAVE_POINTS }, (_, point) => {
    const from = Math.floor((point * peaks.length) / WAVE_POINTS);
    const to = Math.max(from + 1, Math.floor(((point + 1) * peaks.length) / WAVE_POINTS));
    return round(Math.max(LOW, ...peaks.subarray(from, to)) / 255);
  });
  const above = heights.map((height, at) => `L${at + 0.5} ${-height}`).join("");
  const below = heights.map((height, at) => `L${at + 0.5} ${height}`).reverse().join("");
  return `M0 0${above}L${WAVE_POINTS} 0${below}Z`;
}

/** What falls into a stretch; a bin that reaches over its edge counts by its share. */
function sumWithin(bins: readonly number[], binMs: number, fromMs: number, toMs: number): number {
  let sum = 0;
  for (let bin = Math.max(0, Math.floor(fromMs / binMs)); bin < bins.length && bin * binMs < toMs; bin += 1) {
    const shared = Math.min(toMs, (bin + 1) * binMs) - Math.max(fromMs, bin * binMs);
    sum += ((bins[bin] as number) * Math.max(0, shared)) / binMs;
  }
  return sum;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
