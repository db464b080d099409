/** How loud the microphone is, drawn at each animation frame past React, and said in words when that changes. */
import { useEffect, useRef, useState } from "react";
import { type Level, LevelTeller, meterPart } from "../../core/level";
import { hear } from "../../live/hearing";

export function LevelMeterView({ track, channels }: { track: MediaStreamTrack | null; channels: 1 | 2 }) {
  const bars = useRef<HTMLDivElement>(null);
  const [words, setWords] = useState("");
  useEffect(() => {
    if (track === null) return undefined;
    const hearing = hear(track, channels);
    let frame = 0;
    const teller = new LevelTeller();
    const draw = (nowMs: number) => {
      frame = requestAnimationFrame(draw);
      const levels = hearing.read(nowMs);
      if (levels !== null && bars.current !== null) show(bars.current, levels);
      setWords(levels === null ? "Click anywhere to start the meter." : teller.tell(levels, nowMs));
    };
    frame = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(frame);
      setWords("");
      hearing.close();
    };
  }, [track, channels]);
  return (
    <div className="level" data-testid="level" data-off={track === null}>
      <div className="level-bars" ref={bars} aria-hidden="true">
        {Array.from({ length: channels }, (_, index) => (
          <div className="level-bar" key={index}>
            <i className="level-fill" />
            <i className="level-peak" />
          </div>
        ))}
      </div>
      <p className="level-words">
        <span className="visually-hidden">Microphone level: </span>
        {track === null ? "No sound." : words}
      </p>
    </div>
  );
}

function show(bars: HTMLElement, levels: readonly Level[]): void {
  levels.forEach((level, index) => {
    const bar = bars.children.item(index) as HTMLElement | null;
    bar?.style.setProperty("--level", String(meterPart(level.db)));
    bar?.style.setProperty("--peak", String(meterPart(level.peakDb)));
    bar?.toggleAttribute("data-clipping", level.clipping);
  });
}
