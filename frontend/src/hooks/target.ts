/**
 * Which channel the studio publishes to, and with which stream key.
 *
 * A link may carry both: the channel in the query, the key in the fragment, which browsers never send to a server. The
 * key is taken out of the address bar at once and kept for this tab only.
 */
import { useCallback, useEffect, useState } from "react";
import { type Target, targetOf } from "../core/target";

const STORED = "harmonie.target";

export function useTarget(): [Target, (part: Partial<Target>) => void] {
  const [target, setTarget] = useState<Target>(() => targetOf(location.search, location.hash, recall()));
  useEffect(() => {
    if (location.hash.includes("key=")) history.replaceState(null, "", location.pathname + location.search);
  }, []);
  useEffect(() => {
    try {
      sessionStorage.setItem(STORED, JSON.stringify(target));
    } catch {
      // Kept for this page only.
    }
  }, [target]);
  const change = useCallback((part: Partial<Target>) => {
    setTarget((before) => ({ ...before, ...part }));
    // What was chosen here counts from now on, also when the page is loaded again.
    if (part.channel !== undefined && location.search !== "") history.replaceState(null, "", location.pathname);
  }, []);
  return [target, change];
}

function recall(): Target {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
    if (typeof stored === "object" && stored !== null && "channel" in stored && "key" in stored) {
      return { channel: String(stored.channel), key: String(stored.key) };
    }
  } catch {
    // Nothing kept.
  }
  return { channel: "", key: "" };
}
