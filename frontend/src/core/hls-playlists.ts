/** What the page itself reads of HLS playlists (RFC 8216bis), without I/O. */

export interface Offered {
  readonly codecs: string;
  /** With a picture, or sound alone. */
  readonly picture: boolean;
  readonly uri: string;
}

/** The streams of a multivariant playlist, in its order. */
export function offeredIn(multivariant: string): readonly Offered[] {
  const lines = multivariant.split("\n");
  return lines.flatMap((line, index) => {
    if (!line.startsWith("#EXT-X-STREAM-INF:")) return [];
    const codecs = /CODECS="([^"]*)"/.exec(line)?.[1] ?? "";
    return [{ codecs, picture: line.includes("RESOLUTION="), uri: lines[index + 1] ?? "" }];
  });
}

export interface Stretch {
  readonly start: number;
  readonly duration: number;
  readonly gap?: boolean;
}

/** How far around the moment that is played a gap counts. */
const AROUND_S = 15;

/** Whether a track leaves something out near the moment `atS`. What came before it was made at all is no gap in it. */
export function missesSome(stretches: readonly Stretch[], atS: number): boolean {
  const first = stretches.findIndex(({ gap }) => gap !== true);
  return first >= 0 && stretches.slice(first).some(({ start, duration, gap }) => gap === true && start < atS + AROUND_S && start + duration > atS - AROUND_S);
}
