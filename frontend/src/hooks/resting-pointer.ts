/** Whether the pointer over an element has rested for a while, so that controls over a picture can step back. */
import { type RefObject, useEffect, useState } from "react";

const REST_MS = 2800;

export function useRestingPointer(element: RefObject<HTMLElement | null>, enabled: boolean): boolean {
  const [resting, setResting] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (!enabled || target === null) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    const stir = () => {
      setResting(false);
      clearTimeout(timer);
      timer = setTimeout(() => setResting(true), REST_MS);
    };
    const events = ["pointermove", "pointerdown", "keydown", "focusin"] as const;
    for (const event of events) target.addEventListener(event, stir);
    stir();
    return () => {
      clearTimeout(timer);
      for (const event of events) target.removeEventListener(event, stir);
    };
  }, [element, enabled]);
  return enabled && resting;
}
