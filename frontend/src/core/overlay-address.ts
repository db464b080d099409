/** The address of an overlay, which is its key: whoever has it sees the alerts. No I/O. */

export type OverlayPart = "alerts" | "goal";

/** Without `part` it shows both. */
export function overlayAddress(origin: string, token: string, part: OverlayPart | null = null): string {
  return `${origin}/overlay/${encodeURIComponent(token)}${part === null ? "" : `?show=${part}`}`;
}

/** Empty when the path holds none, or no text at all. */
export function overlayToken(pathname: string): string {
  const found = /^\/overlay\/([^/]+)\/?$/.exec(pathname)?.[1] ?? "";
  try {
    return decodeURIComponent(found);
  } catch {
    return "";
  }
}

export function overlayShows(search: string, part: OverlayPart): boolean {
  const wanted = new URLSearchParams(search).get("show");
  return wanted === part || (wanted !== "alerts" && wanted !== "goal");
}
