/** The grid of live channels. Decides, with `core/previews.ts`, which cards hold a preview connection. */
import { useCallback, useEffect, useRef, useState } from "react";
import { PreviewPlan } from "../core/previews";
import { savesData, useMediaQuery, useNow, usePageVisible } from "../hooks/page";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import { LiveCard, type PreviewReports } from "./live-card";

const PREVIEW_SLOTS = 6;

export function LiveCards({ channels, api }: { channels: readonly Channel[]; api: Api }) {
  const calm = useMediaQuery("(prefers-reduced-motion: reduce)");
  const { connected, reports } = usePreviews(channels);
  const nowMs = useNow(30_000);
  const previews = !savesData() && !calm;
  return (
    <ul className="live-cards">
      {channels.map((channel) => (
        <li key={channel.name}>
          <LiveCard
            channel={channel}
            api={api}
            nowMs={nowMs}
            connected={previews && channel.video && connected.has(channel.name)}
            reports={reports}
          />
        </li>
      ))}
    </ul>
  );
}

function usePreviews(channels: readonly Channel[]): { connected: ReadonlySet<string>; reports: PreviewReports } {
  const [plan] = useState(() => new PreviewPlan(PREVIEW_SLOTS));
  const [connected, setConnected] = useState<ReadonlySet<string>>(new Set());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const pageVisible = usePageVisible();

  const settle = useCallback(() => {
    clearTimeout(timer.current);
    const nowMs = performance.now();
    const next = pageVisible ? plan.connected(nowMs) : new Set<string>();
    setConnected((before) => (sameMembers(before, next) ? before : next));
    const nextMs = pageVisible ? plan.nextMs(nowMs) : null;
    if (nextMs !== null) timer.current = setTimeout(settle, Math.ceil(nextMs - nowMs) + 1);
  }, [plan, pageVisible]);

  useEffect(() => {
    settle();
    return () => clearTimeout(timer.current);
  }, [settle]);

  const names = channels.map((channel) => channel.name).join(" ");
  const known = useRef<string[]>([]);
  useEffect(() => {
    const present = names === "" ? [] : names.split(" ");
    for (const name of known.current) if (!present.includes(name)) plan.remove(name);
    known.current = present;
    settle();
  }, [names, plan, settle]);

  const [reports] = useState<PreviewReports>(() => ({
    visible: (name, visible) => plan.setVisible(name, visible),
    held: (name, held) => plan.setHeld(name, held),
    still: (name) => plan.gotStill(name, performance.now()),
    failed: (name) => plan.failed(name, performance.now()),
    settle: () => undefined,
  }));
  // Cards keep the same reports object; what settling means may change with the page's visibility.
  reports.settle = settle;
  return { connected, reports };
}

function sameMembers(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
