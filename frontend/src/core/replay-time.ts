/** Moments of a replay in addresses and in words: `?t=90`, `?t=1m30s`, `?t=1:30`. Positions are ms from its beginning. */

const UNITS = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s?)?$/;
const CLOCK = /^(?:(\d{1,3}):)?(\d{1,4}):(\d{2})$/;

/** Null when it is no time. */
export function parseTime(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "") return null;
  const [, hours = "0", minutes = "0", seconds = "0"] = UNITS.exec(trimmed) ?? CLOCK.exec(trimmed) ?? [];
  if (!UNITS.test(trimmed) && !CLOCK.test(trimmed)) return null;
  return Math.round(((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000);
}

/** Where a replay is to begin, by the query of its address. */
export function startOf(search: string): number {
  return parseTime(new URLSearchParams(search).get("t") ?? "") ?? 0;
}

export function replayPath(channel: string, id: string, atMs = 0): string {
  const seconds = Math.floor(atMs / 1000);
  return `/${channel}/replays/${encodeURIComponent(id)}${seconds > 0 ? `?t=${seconds}` : ""}`;
}

/** "1 hour 2 minutes", "5 seconds": how a screen reader should say a moment or a length. */
export function spokenTime(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const parts = [
    [Math.floor(all / 3600), "hour"],
    [Math.floor(all / 60) % 60, "minute"],
    [all % 60, "second"],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return words.length === 0 ? "0 seconds" : words.join(" ");
}
