/** A box that floats over the page at a point: kept on the screen, closed by pressing elsewhere, the focus given back. */
import { type RefObject, useEffect, useLayoutEffect } from "react";

export interface Point {
  readonly x: number;
  readonly y: number;
}

const EDGE_PX = 8;

/** `focused` is called once, when the box is there; the focus returns to where it was before. */
export function useFloating(box: RefObject<HTMLElement | null>, at: Point, onClose: () => void, focused: (box: HTMLElement) => void): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(EDGE_PX, Math.min(at.x, innerWidth - width - EDGE_PX))}px`;
    element.style.top = `${Math.max(EDGE_PX, Math.min(at.y, innerHeight - height - EDGE_PX))}px`;
  }, [box, at]);
  useEffect(() => {
    const before = document.activeElement;
    if (box.current !== null) focused(box.current);
    return () => {
      // What was chosen may have put the focus elsewhere.
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (lost && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
    // Once: the box is what it is until it is closed.
  }, []);
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) onClose();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [box, onClose]);
}
