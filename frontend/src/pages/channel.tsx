/** One channel: the player, and beside it who plays, since when, and for how many. */
import { useCallback, useState } from "react";
import { About } from "../components/channels/about";
import { FollowButton } from "../components/channels/follow-button";
import { LiveBadge } from "../components/live-badge";
import { Player } from "../components/player";
import { people, sinceWords } from "../core/words";
import { useFormerName } from "../hooks/former-name";
import { useNow, useTitle } from "../hooks/page";
import type { WatcherSnapshot } from "../live/watcher";
import type { Api } from "../protocol/api";
import { NotFoundPage } from "./not-found";

export function ChannelPage({ name, api }: { name: string; api: Api }) {
  const [snapshot, setSnapshot] = useState<WatcherSnapshot | null>(null);
  const follow = useCallback((next: WatcherSnapshot) => setSnapshot(next), []);
  const nowMs = useNow(30_000);
  const channel = snapshot?.channel ?? null;
  const title = channel?.title || name;
  // What was last heard is not what is: while the server is not to be reached, nothing is said to be live.
  const current = snapshot?.view.current !== false || snapshot.view.state === "live";
  useTitle(`${channel?.live && current ? "● " : ""}${title} · Harmonie`);
  useFormerName(name, channel);
  if (snapshot?.view.refusal?.status === 404) return <NotFoundPage channel={name} />;
  return (
    <article className="channel">
      <Player name={name} api={api} onSnapshot={follow} />
      <header className="channel-words">
        <div>
          <h1>
            <bdi>{title}</bdi>
          </h1>
          {title !== name && <p className="channel-name">{name}</p>}
        </div>
        {channel !== null && (
          <div className="channel-side">
            <p className="channel-facts">
              <LiveBadge state={current ? channel.state : "reconnecting"} />
              {channel.live && current && <span data-testid="viewers">{people(channel.viewers, "viewer", "viewers")}</span>}
              {channel.live && current && <span>{sinceWords(channel.started_at, nowMs)}</span>}
            </p>
            <FollowButton api={api} channel={channel} />
          </div>
        )}
      </header>
      {channel !== null && <About api={api} channel={channel} />}
    </article>
  );
}
