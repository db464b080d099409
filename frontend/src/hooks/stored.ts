/** A small choice of the person's that outlives the page. Falls back to the default when storage is forbidden. */
import { useCallback, useState } from "react";

export function useStored<T extends object>(key: string, initial: T): [T, (part: Partial<T>) => void] {
  const [value, setValue] = useState<T>(() => ({ ...initial, ...recall(key, initial) }));
  const update = useCallback(
    (part: Partial<T>) =>
      setValue((before) => {
        const next = { ...before, ...part };
        try {
          localStorage.setItem(key, JSON.stringify(next));
        } catch {
          // Kept for this page only.
        }
        return next;
      }),
    [key],
  );
  return [value, update];
}

/** Only fields that are still known and still of the same type are taken over. */
function recall<T extends object>(key: string, initial: T): Partial<T> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    if (typeof stored !== "object" || stored === null) return {};
    const known = Object.entries(stored).filter(([name, value]) => typeof value === typeof initial[name as keyof T]);
    return Object.fromEntries(known) as Partial<T>;
  } catch {
    return {};
  }
}
