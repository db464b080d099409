/** A guest of one channel, as this browser remembers them. Without I/O. */
export interface Guest {
  readonly name: string;
  /** Makes them the same guest again; "" when there is none. */
  readonly token: string;
  readonly expiresAtMs: number;
}

/** What storage held, which may be anything; null when there is nobody, or it does not hold any more. */
export function readGuest(stored: string | null, nowMs: number): Guest | null {
  try {
    const kept: unknown = JSON.parse(stored ?? "null");
    if (typeof kept !== "object" || kept === null) return null;
    const { name, token, expiresAtMs } = kept as Readonly<Record<string, unknown>>;
    if (typeof name !== "string" || typeof token !== "string" || typeof expiresAtMs !== "number") return null;
    return name !== "" && expiresAtMs > nowMs ? { name, token, expiresAtMs } : null;
  } catch {
    return null;
  }
}

/** Under which names to come back: the former one, or one like it when somebody else is called that by now. */
export function namesOf(name: string): readonly string[] {
  return [name, `${name} 2`, `${name} 3`];
}
