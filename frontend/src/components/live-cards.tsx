/** The grid of live channels. */
import { useEffect, useState } from "react";
import { savesData, useMediaQuery, useNow, usePageVisible } from "../hooks/page";
import { PreviewStage } from "../live/preview-stage";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import { useStore } from "../store";
import { LiveCard } from "./live-card";

interface LiveCardsProps {
  readonly channels: readonly Channel[];
  readonly api: Api;
  /** Names of the channels the person follows. */
  readonly followed: ReadonlySet<string>;
  /** The server tells of changes; otherwise this is what it last said. */
  readonly current: boolean;
}

export function LiveCards({ channels, api, followed, current }: LiveCardsProps) {
  const calm = useMediaQuery("(prefers-reduced-motion: reduce)");
  const pageVisible = usePageVisible();
  const [stage] = useState(() => new PreviewStage());
  const connected = useStore(stage.connected);
  const nowMs = useNow(30_000);
  const previews = pageVisible && !calm && !savesData();
  const stills = !pageVisible ? "none" : savesData() ? "once" : "live";
  useEffect(() => (previews ? stage.start() : undefined), [stage, previews]);
  return (
    <ul className="live-cards">
      {channels.map((channel) => (
        <li key={channel.name}>
          <LiveCard
            channel={channel}
            followed={followed.has(channel.name)}
            current={current}
            api={api}
            nowMs={nowMs}
            connected={channel.video && connected.has(channel.name)}
            stills={stills}
            stage={stage}
          />
        </li>
      ))}
    </ul>
  );
}
