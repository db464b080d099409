/** What a chat's components derive from its view. */
import { useEffect, useMemo, useState } from "react";
import type { Author, Message } from "../protocol/chat";

/** The server's clock, ticking each second while `untilMs` lies ahead; still otherwise. */
export function useTicking(nowMs: () => number, untilMs: number | null): number {
  const [now, setNow] = useState(nowMs);
  const due = untilMs !== null && untilMs > now;
  useEffect(() => {
    setNow(nowMs());
    if (untilMs === null || untilMs <= nowMs()) return undefined;
    const timer = setInterval(() => {
      setNow(nowMs());
      if (nowMs() >= untilMs) clearInterval(timer);
    }, 500);
    return () => clearInterval(timer);
  }, [nowMs, untilMs]);
  return due ? now : nowMs();
}

const SPEAKERS_MAX = 100;

/** Who spoke lately, the last first, each once. */
export function useSpeakers(lines: readonly Message[], me: string | null): readonly Author[] {
  return useMemo(() => {
    const speakers = new Map<string, Author>();
    for (let index = lines.length - 1; index >= 0 && speakers.size < SPEAKERS_MAX; index -= 1) {
      const author = lines[index]?.author;
      if (author && author.id !== me && !speakers.has(author.id)) speakers.set(author.id, author);
    }
    return [...speakers.values()];
  }, [lines, me]);
}
