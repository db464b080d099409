/** A picture made from a name: where there is no picture to show, the same name always looks the same. */
import { useLayoutEffect, useRef } from "react";
import { hueOf } from "../core/words";

export function NameArt({ name }: { name: string }) {
  const art = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const hue = hueOf(name);
    // Through the CSSOM: the Content-Security-Policy allows no style attributes in the markup.
    art.current?.style.setProperty("--art-hue", String(hue));
    art.current?.style.setProperty("--art-angle", `${hue % 90}deg`);
  }, [name]);
  return (
    <div className="name-art" ref={art} aria-hidden="true">
      <span>{name.slice(0, 1)}</span>
    </div>
  );
}
