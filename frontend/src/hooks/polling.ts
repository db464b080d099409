/** Asking again and again for what no event tells: while the page is seen, and slower after failures. */
import { useEffect, useRef } from "react";
import { usePageVisible } from "./page";

const SLOWEST_MS = 30_000;

/** `ask` is called every `everyMs`, one call at a time; null: not at all. At once when the page comes to the front again. */
export function usePolling(ask: () => Promise<unknown>, everyMs: number | null): void {
  const visible = usePageVisible();
  const newest = useRef(ask);
  newest.current = ask;
  const hidden = useRef(false);
  useEffect(() => {
    if (!visible) hidden.current = true;
    if (everyMs === null || !visible) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    let gone = false;
    const turn = async (waitedMs: number) => {
      const worked = await newest.current().then(
        () => true,
        () => false,
      );
      if (!gone) timer = setTimeout(turn, worked ? everyMs : Math.min(SLOWEST_MS, waitedMs * 2), worked ? everyMs : waitedMs * 2);
    };
    timer = setTimeout(turn, hidden.current ? 0 : everyMs, everyMs);
    hidden.current = false;
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [everyMs, visible]);
}
