/**
 * Which channel the studio publishes to, and with which stream key.
 *
 * A link may carry both: the channel in the query, the key in the fragment, which browsers never send to a server. The
 * key is taken out of the address bar at once and kept for this tab only.
 */
import { useCallback, useEffect, useState } from "react";
import type { Target } from "../live/publisher";

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
  const change = useCallback((part: Partial<Target>) => setTarget((before) => ({ ...before, ...part })), []);
  return [target, change];
}

/** The address wins over what was kept; a kept key is not carried over to another channel. */
export function targetOf(search: string, fragment: string, kept: Target): Target {
  const channel = new URLSearchParams(search).get("channel")?.toLowerCase() ?? kept.channel;
  const key = new URLSearchParams(fragment.replace(/^#/, "")).get("key");
  return { channel, key: key ?? (channel === kept.channel ? kept.key : "") };
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
