/** Where in the replay one is: a slider over the peaks of chat and tips, with a picture of wherever one points. */
import { type CSSProperties, type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { bounds, gapsOf, pictureAt } from "../../core/replay-parts";
import { CURVE_POINTS, curveOf, pathOf, tipMarks } from "../../core/replay-peaks";
import { spokenTime } from "../../core/replay-time";
import { clock } from "../../core/words";
import type { Density, Replay } from "../../protocol/replays";

interface SeekBarProps {
  readonly replay: Replay;
  readonly density: Density | null;
  /** On the broadcast's clock. */
  readonly clockMs: number;
  readonly onSeek: (clockMs: number) => void;
}

const STEP_MS = 5000;
const PAGE_MS = 60_000;
const PICTURE_PX = 160;

export function SeekBar({ replay, density, clockMs, onSeek }: SeekBarProps) {
  const { parts, strip } = replay;
  const whole = useMemo(() => bounds(parts), [parts]);
  const { fromMs, toMs } = whole;
  const lengthMs = Math.max(1, toMs - fromMs);
  const [pointed, setPointed] = useState<number | null>(null);
  /** Where the handle is held, before it is let go. */
  const [dragged, setDragged] = useState<number | null>(null);
  const [focused, setFocused] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const path = useMemo(() => (density === null ? "" : pathOf(curveOf(density, whole))), [density, whole]);
  const marks = useMemo(() => (density === null ? [] : tipMarks(density, whole)), [density, whole]);

  const shownMs = dragged ?? clockMs;
  const share = (atMs: number) => `${(Math.min(1, Math.max(0, (atMs - fromMs) / lengthMs)) * 100).toFixed(3)}%`;
  const previewMs = dragged ?? pointed ?? (focused ? clockMs : null);
  const preview = previewMs === null ? null : pictureAt(strip, parts, previewMs);

  const pointAt = (event: PointerEvent) => {
    const box = bar.current?.getBoundingClientRect();
    if (box !== undefined && event.pointerType !== "touch") setPointed(fromMs + (Math.min(Math.max(event.clientX - box.left, 0), box.width) / box.width) * lengthMs);
  };
  const drop = () => {
    if (dragged !== null) onSeek(dragged);
    setDragged(null);
  };
  const pressed = (event: KeyboardEvent) => {
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: clockMs - STEP_MS,
      ArrowDown: clockMs - STEP_MS,
      ArrowRight: clockMs + STEP_MS,
      ArrowUp: clockMs + STEP_MS,
      PageDown: clockMs - PAGE_MS,
      PageUp: clockMs + PAGE_MS,
      Home: fromMs,
      End: toMs,
    };
    const to = moves[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onSeek(to);
  };

  return (
    <div
      className="seek"
      ref={bar}
      data-testid="seek"
      onPointerMove={pointAt}
      onPointerLeave={() => setPointed(null)}
    >
      {path !== "" && (
        <svg className="seek-curve" viewBox={`0 0 ${CURVE_POINTS} 1`} preserveAspectRatio="none" aria-hidden="true" data-testid="seek-curve">
          <path d={path} />
        </svg>
      )}
      <div className="seek-track" aria-hidden="true">
        <i className="seek-played" style={{ width: share(shownMs) }} />
        {gapsOf(parts).map((gap) => (
          <i key={gap.fromMs} className="seek-gap" style={{ left: share(gap.fromMs), width: `${((gap.toMs - gap.fromMs) / lengthMs) * 100}%` }} />
        ))}
      </div>
      {marks.map(({ at }) => (
        <i key={at} className="seek-tip" style={{ left: `${at * 100}%` }} aria-hidden="true" data-testid="seek-tip" />
      ))}
      <input
        type="range"
        aria-label="Seek"
        aria-valuetext={`${spokenTime(shownMs - fromMs)} of ${spokenTime(lengthMs)}`}
        min={0}
        max={lengthMs}
        step={1}
        value={Math.min(lengthMs, Math.max(0, Math.round(shownMs - fromMs)))}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragged(clockMs);
        }}
        onPointerUp={drop}
        onPointerCancel={() => setDragged(null)}
        onChange={(event) => {
          const to = fromMs + Number(event.target.value);
          if (dragged === null) onSeek(to);
          else setDragged(to);
        }}
        onKeyDown={pressed}
        onFocus={(event) => setFocused(event.target.matches(":focus-visible"))}
        onBlur={() => setFocused(false)}
      />
      {previewMs !== null && (
        <div className="seek-preview" data-testid="seek-preview" aria-hidden="true" style={{ "--at": share(previewMs) } as CSSProperties}>
          {preview !== null && strip !== null && <span className="seek-picture" style={pictureStyle(replay, preview)} />}
          <span>{clock(previewMs - fromMs)}</span>
        </div>
      )}
    </div>
  );
}

/** One picture of the strip, cut out by the background's place. */
function pictureStyle({ strip, parts }: Replay, { column, row }: { column: number; row: number }): CSSProperties {
  const { url, columns, pictures } = strip as NonNullable<Replay["strip"]>;
  const across = Math.min(columns, pictures);
  const down = Math.ceil(pictures / columns);
  const seen = parts.find(({ width, height }) => width !== null && height !== null);
  const heightPx = Math.round((PICTURE_PX * (seen?.height ?? 9)) / (seen?.width ?? 16));
  return {
    width: PICTURE_PX,
    height: heightPx,
    backgroundImage: `url(${JSON.stringify(url)})`,
    backgroundSize: `${across * PICTURE_PX}px ${down * heightPx}px`,
    backgroundPosition: `${-column * PICTURE_PX}px ${-row * heightPx}px`,
  };
}
