/**
 * A long list of which only what is seen is in the document. It stays at its end while it is followed; otherwise what is
 * read stays where it is, whatever comes, goes or changes its height around it. Positions are from the first row's top.
 */
import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useImperativeHandle, useLayoutEffect, useReducer, useRef, useState } from "react";
import { type Anchor, anchorsAt, heightOf, type Row, RowHeights, stretchAt, stretchAtEnd, topFor } from "../../core/rows";

export interface LineListHandle {
  /** Scroll there, and put the focus on the row. False when the row is not in the list. */
  show(id: string): boolean;
  focusLast(): void;
}

interface LineListProps<T extends Row> {
  readonly label: string;
  readonly lines: readonly T[];
  readonly following: boolean;
  /** `held`: not scrolled away from the end, only kept still while somebody points at a line or has the focus on one. */
  readonly onFollow: (following: boolean, held: boolean) => void;
  /** The person comes near the beginning of what is there. */
  readonly onNeedOlder: () => void;
  /** Stands above the first row. */
  readonly top: ReactNode;
  /** Elements with `data-line` set to the row's id. */
  readonly children: (line: T) => ReactNode;
  /** A key was pressed on a row. */
  readonly onKey: (line: T, event: KeyboardEvent, row: HTMLElement) => void;
  readonly handle: Ref<LineListHandle>;
  /** Keep still under a resting pointer, for those who have to hit a moving line. */
  readonly holds: boolean;
}

const GUESS_PX = 32;
const SPARE_PX = 400;
const NEAR_PX = 500;
/** This close to the end is at the end. */
const END_PX = 30;

export function LineList<T extends Row>(props: LineListProps<T>) {
  const { label, lines, following, onFollow, onNeedOlder, top, children, onKey, handle, holds } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const above = useRef<HTMLDivElement>(null);
  const below = useRef<HTMLDivElement>(null);
  const [heights] = useState(() => new RowHeights(GUESS_PX));
  const [view] = useState(() => ({ topPx: 0, viewPx: 600, scrollPx: 0, anchors: [] as readonly Anchor[], focus: "", focused: "", held: false }));
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);

  // What was seen decides what is drawn, also when lines came above it.
  const topPx = following ? 0 : (topFor(lines, heights, view.anchors) ?? view.topPx);
  const drawn = following ? stretchAtEnd(lines, heights, view.viewPx, SPARE_PX) : stretchAt(lines, heights, topPx, view.viewPx, SPARE_PX);

  const look = (element: HTMLDivElement) => {
    view.scrollPx = element.scrollTop;
    view.viewPx = element.clientHeight;
    view.topPx = element.scrollTop - (above.current?.offsetTop ?? 0);
    view.anchors = anchorsAt(lines, heights, view.topPx, view.viewPx);
  };

  // After every drawing: what was guessed is measured, and the view put where it belongs before anyone sees it.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || above.current === null || below.current === null) return;
    for (const row of element.querySelectorAll<HTMLElement>("[data-line]")) heights.set(row.dataset["line"] as string, row.getBoundingClientRect().height);
    heights.keep(lines);
    above.current.style.height = `${heightOf(lines, heights, 0, drawn.from)}px`;
    below.current.style.height = `${heightOf(lines, heights, drawn.to, lines.length)}px`;
    if (following) {
      element.scrollTop = element.scrollHeight;
    } else {
      const wanted = topFor(lines, heights, view.anchors);
      if (wanted !== null) element.scrollTop = wanted + above.current.offsetTop;
    }
    look(element);
    const row = view.focus === "" ? null : rowOf(element, view.focus);
    view.focus = "";
    row?.focus({ preventScroll: true });
    // The focused line was deleted: the focus stays in the list.
    if (view.focused !== "" && document.activeElement === document.body && !lines.some(({ id }) => id === view.focused)) {
      view.focused = "";
      element.focus({ preventScroll: true });
    }
    const needed = following
      ? stretchAtEnd(lines, heights, view.viewPx, 0)
      : stretchAt(lines, heights, view.topPx, view.viewPx, 0);
    if (needed.from < drawn.from || needed.to > drawn.to) redraw();
    // A list that cannot be scrolled would never ask.
    if (lines.length > 0 && element.scrollHeight <= element.clientHeight) onNeedOlder();
  });

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth !== width) heights.clear();
      width = element.clientWidth;
      redraw();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [heights]);

  const scrolled = (element: HTMLDivElement) => {
    const up = element.scrollTop < view.scrollPx - 1;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < END_PX;
    look(element);
    if (atEnd && !following && !view.held) onFollow(true, false);
    else if (up && !atEnd && (following || view.held)) onFollow(false, false);
    if (up) view.held = false;
    if (!following && view.topPx < NEAR_PX) onNeedOlder();
    const needed = stretchAt(lines, heights, view.topPx, view.viewPx, SPARE_PX / 2);
    if (needed.from < drawn.from || needed.to > drawn.to) redraw();
  };

  const hold = () => {
    if (!following) return;
    view.held = true;
    onFollow(false, true);
  };
  const release = () => {
    if (!view.held) return;
    view.held = false;
    onFollow(true, false);
  };

  const show = (id: string): boolean => {
    const index = lines.findIndex((line) => line.id === id);
    if (index < 0) return false;
    view.held = false;
    view.anchors = [{ id, offsetPx: view.viewPx / 3 }];
    view.focus = id;
    onFollow(false, false);
    redraw();
    return true;
  };
  const move = (from: number, to: number) => {
    const target = lines[Math.min(Math.max(to, 0), lines.length - 1)];
    const element = scroller.current;
    if (target === undefined || element === null || from === to) return;
    hold();
    const row = rowOf(element, target.id);
    if (row === null) {
      show(target.id);
    } else {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
  };
  useImperativeHandle(handle, () => ({ show, focusLast: () => move(-1, lines.length - 1) }));

  const pressed = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = (event.target as Element).closest<HTMLElement>("[data-line]");
    const at = row === null ? -1 : lines.findIndex(({ id }) => id === row.dataset["line"]);
    const moves: Readonly<Record<string, number>> = {
      ArrowUp: at < 0 ? lines.length - 1 : at - 1,
      ArrowDown: at < 0 ? lines.length - 1 : at + 1,
      Home: 0,
      End: lines.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(at, to);
    } else if (row !== null && lines[at] !== undefined) {
      onKey(lines[at], event, row);
    }
  };

  return (
    <div
      ref={scroller}
      className="lines"
      data-testid="lines"
      role="log"
      aria-live="off"
      aria-label={label}
      tabIndex={0}
      onScroll={(event) => scrolled(event.currentTarget)}
      onKeyDown={pressed}
      onFocus={(event) => {
        view.focused = event.target.dataset["line"] ?? "";
        if (event.target !== event.currentTarget && event.target.matches(":focus-visible")) hold();
      }}
      onBlur={(event) => {
        if (event.currentTarget.contains(event.relatedTarget)) return;
        view.focused = "";
        release();
      }}
      onPointerEnter={(event) => {
        if (holds && event.pointerType === "mouse") hold();
      }}
      onPointerLeave={(event) => {
        if (!event.currentTarget.contains(document.activeElement) || document.activeElement === event.currentTarget) release();
      }}
    >
      {top}
      <div ref={above} aria-hidden="true" />
      {lines.slice(drawn.from, drawn.to).map(children)}
      <div ref={below} aria-hidden="true" />
    </div>
  );
}

function rowOf(element: HTMLElement, id: string): HTMLElement | null {
  return element.querySelector<HTMLElement>(`[data-line="${CSS.escape(id)}"]`);
}
