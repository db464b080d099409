/**
 * Which rows of a long list are drawn: heights as measured, or guessed until then. Without a document.
 *
 * Positions are pixels from the top of the first row.
 */

export interface Row {
  readonly id: string;
}

/** Rows `from` up to but not including `to`, and the space that the others take above and below. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly abovePx: number;
  readonly belowPx: number;
}

/** A row and how far its top is below the top of what is seen (negative: above). */
export interface Anchor {
  readonly id: string;
  readonly offsetPx: number;
}

export class RowHeights {
  readonly #heights = new Map<string, number>();
  #sum = 0;

  constructor(private readonly guessPx: number) {}

  get(id: string): number {
    return this.#heights.get(id) ?? this.average;
  }

  /** What a row measures that was not measured yet, as far as one can tell. */
  get average(): number {
    return this.#heights.size === 0 ? this.guessPx : this.#sum / this.#heights.size;
  }

  set(id: string, px: number): void {
    this.#sum += px - (this.#heights.get(id) ?? 0);
    this.#heights.set(id, px);
  }

  /** Forget the rows that are not there any more, once there are many. */
  keep(rows: readonly Row[]): void {
    if (this.#heights.size < 2 * rows.length + 200) return;
    const kept = rows.flatMap(({ id }) => (this.#heights.has(id) ? [[id, this.#heights.get(id) as number] as const] : []));
    this.clear();
    for (const [id, px] of kept) this.set(id, px);
  }

  clear(): void {
    this.#heights.clear();
    this.#sum = 0;
  }
}

/** The rows that are seen when `viewPx` are shown from `topPx` on, with `sparePx` more at either side. */
export function stretchAt(rows: readonly Row[], heights: RowHeights, topPx: number, viewPx: number, sparePx: number): Stretch {
  let from = 0;
  let abovePx = 0;
  while (from < rows.length) {
    const height = heights.get((rows[from] as Row).id);
    if (abovePx + height > topPx - sparePx) break;
    abovePx += height;
    from += 1;
  }
  let to = from;
  let at = abovePx;
  while (to < rows.length && at < topPx + viewPx + sparePx) {
    at += heights.get((rows[to] as Row).id);
    to += 1;
  }
  return { from, to, abovePx, belowPx: heightOf(rows, heights, to, rows.length) };
}

/** The last rows, as many as fill the view and `sparePx` above it. */
export function stretchAtEnd(rows: readonly Row[], heights: RowHeights, viewPx: number, sparePx: number): Stretch {
  let from = rows.length;
  let filled = 0;
  while (from > 0 && filled < viewPx + sparePx) {
    from -= 1;
    filled += heights.get((rows[from] as Row).id);
  }
  return { from, to: rows.length, abovePx: heightOf(rows, heights, 0, from), belowPx: 0 };
}

export function heightOf(rows: readonly Row[], heights: RowHeights, from: number, to: number): number {
  let px = 0;
  for (let index = from; index < to; index += 1) px += heights.get((rows[index] as Row).id);
  return px;
}

/** The rows that are seen, topmost first: the first that is still there later is what stays in place. */
export function anchorsAt(rows: readonly Row[], heights: RowHeights, topPx: number, viewPx: number): readonly Anchor[] {
  const anchors: Anchor[] = [];
  let at = 0;
  for (const { id } of rows) {
    const height = heights.get(id);
    if (at + height > topPx) anchors.push({ id, offsetPx: at - topPx });
    at += height;
    if (at >= topPx + viewPx) break;
  }
  return anchors;
}

/** Where the view's top has to be so that the first anchor that is left stays where it was; null when none is left. */
export function topFor(rows: readonly Row[], heights: RowHeights, anchors: readonly Anchor[]): number | null {
  const tops = new Map<string, number>();
  let at = 0;
  for (const { id } of rows) {
    tops.set(id, at);
    at += heights.get(id);
  }
  for (const { id, offsetPx } of anchors) {
    const top = tops.get(id);
    if (top !== undefined) return top - offsetPx;
  }
  return null;
}
