/** Stands where the picture would be when a broadcast is sound only: the name's colours, moving with the loudness. */
import { useEffect, useRef } from "react";
import { NameArt } from "./name-art";

const READ_EVERY_MS = 120;
/** Quiet music should still move: levels are shown on a curve, not straight. */
const CURVE = 0.5;

/** `level` has to be the same function at each render. */
export function AudioArt({ name, level }: { name: string; level: () => Promise<number> }) {
  const rings = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      void level().then((value) => rings.current?.style.setProperty("--loudness", String(value ** CURVE)));
    }, READ_EVERY_MS);
    return () => clearInterval(timer);
  }, [level]);
  return (
    <div className="audio-art" data-testid="audio-art">
      <NameArt name={name} />
      <div className="audio-rings" ref={rings} aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
      <p>Sound only</p>
    </div>
  );
}
