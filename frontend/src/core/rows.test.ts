import { expect, it } from "vitest";
import { anchorsAt, RowHeights, stretchAt, stretchAtEnd, topFor } from "./rows";

const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => ({ id: String(from + index) }));

it("draws what is seen and a little around it", () => {
  const heights = new RowHeights(20);
  expect(stretchAt(rows(0, 100), heights, 1000, 200, 40)).toEqual({ from: 48, to: 62, abovePx: 960, belowPx: 760 });
});

it("draws the end as far as the view reaches", () => {
  const heights = new RowHeights(20);
  expect(stretchAtEnd(rows(0, 100), heights, 200, 40)).toEqual({ from: 88, to: 100, abovePx: 1760, belowPx: 0 });
  expect(stretchAtEnd([], heights, 200, 40)).toEqual({ from: 0, to: 0, abovePx: 0, belowPx: 0 });
});

it("goes by what was measured, and guesses the rest by it", () => {
  const heights = new RowHeights(20);
  for (const { id } of rows(0, 10)) heights.set(id, 50);
  expect(heights.average).toBe(50);
  expect(stretchAt(rows(0, 20), heights, 0, 100, 0).belowPx).toBe(18 * 50);
  heights.set("0", 150);
  expect(heights.average).toBe(60);
});

it("keeps what is read in place when lines come above it", () => {
  const heights = new RowHeights(20);
  const anchors = anchorsAt(rows(50, 100), heights, 110, 200);
  expect(anchors[0]).toEqual({ id: "55", offsetPx: -10 });
  expect(topFor(rows(0, 100), heights, anchors)).toBe(110 + 50 * 20);
});

it("holds on to the next line when the first that is read is deleted", () => {
  const heights = new RowHeights(20);
  const anchors = anchorsAt(rows(0, 100), heights, 100, 200);
  expect(topFor(rows(0, 100).filter(({ id }) => id !== "5"), heights, anchors)).toBe(80);
  expect(topFor(rows(200, 300), heights, anchors)).toBeNull();
});

it("forgets the heights of lines that are gone", () => {
  const heights = new RowHeights(20);
  for (const { id } of rows(0, 1000)) heights.set(id, 40);
  for (const { id } of rows(1000, 1010)) heights.set(id, 10);
  heights.keep(rows(1000, 1010));
  expect(heights.average).toBe(10);
});
