/**
 * Where to begin in a live media playlist: the part hold back behind its end, in seconds from its beginning.
 *
 * Told to hls.js, because picture and sound would otherwise begin where each finds the live end when its playlist comes,
 * and wait for each other.
 */
export function startOf(playlist: string): number | null {
  const holdBackS = Number(/PART-HOLD-BACK=([\d.]+)/.exec(playlist)?.[1] ?? NaN);
  let endS = 0;
  let openS = 0;
  for (const line of playlist.split("\n")) {
    const part = /^#EXT-X-PART:DURATION=([\d.]+)/.exec(line)?.[1];
    const whole = /^#EXTINF:([\d.]+)/.exec(line)?.[1];
    if (part !== undefined) openS += Number(part);
    if (whole !== undefined) {
      endS += Number(whole);
      openS = 0; // its parts are the same once more
    }
  }
  return Number.isNaN(holdBackS) || endS === 0 ? null : Math.max(0, endS + openS - holdBackS);
}
