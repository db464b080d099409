/** One channel: the player with the chat beside it, and who plays, since when, and for how many. */
import { lazy, Suspense, useCallback, useState } from "react";
import { About } from "../components/channels/about";
import { FollowButton } from "../components/channels/follow-button";
import { PastReplays, useReplays } from "../components/channels/past-replays";
import { Icon } from "../components/icons";
import { LiveBadge } from "../components/live-badge";
import { Player } from "../components/player";
import { people, sinceWords } from "../core/words";
import { useFormerName } from "../hooks/former-name";
import { useNow, useTitle } from "../hooks/page";
import type { WatcherSnapshot } from "../live/watcher";
import type { Api } from "../protocol/api";
import { useStored } from "../hooks/stored";
import { NotFoundPage } from "./not-found";

// The first frame does not wait for the chat.
const Chat = lazy(() => import("../components/chat/chat").then((module) => ({ default: module.Chat })));
const TipOverlay = lazy(() => import("../components/tips/tip-overlay").then((module) => ({ default: module.TipOverlay })));
const TipPanel = lazy(() => import("../components/tips/tip-panel").then((module) => ({ default: module.TipPanel })));
const TipButton = lazy(() => import("../components/tips/tip-button").then((module) => ({ default: module.TipButton })));

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
  const replays = useReplays(api, name, channel?.past_broadcasts ?? null);
  // While nobody is on, what was played before is what the page is about.
  const past = channel !== null && !channel.live && replays.items.length > 0;
  const [{ folded }, setFolded] = useStored("harmonie.chat", { folded: false });
  if (snapshot?.view.refusal?.status === 404) return <NotFoundPage channel={name} />;
  return (
    <article className="channel" data-chat={folded ? "folded" : "open"} data-past={past ? "main" : "aside"}>
      <div className="channel-stage">
        <Player name={name} api={api} onSnapshot={follow}>
          <Suspense fallback={null}>
            <TipOverlay name={name} />
          </Suspense>
        </Player>
        {folded && (
          <button type="button" className="button chat-unfold" data-testid="chat-unfold" onClick={() => setFolded({ folded: false })}>
            <Icon name="chat" /> Show the chat
          </button>
        )}
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
              <div className="channel-deeds">
                <Suspense fallback={null}>
                  <TipButton api={api} name={name} title={title} broadcast={channel.started_at} wallet={channel.payout_wallet} />
                </Suspense>
                <FollowButton api={api} channel={channel} />
              </div>
            </div>
          )}
        </header>
      </div>
      {!folded && (
        <aside className="channel-chat" aria-label="Chat">
          <Suspense fallback={null}>
            <Chat name={name} api={api} place="beside" path={`/${name}`} wallet={channel?.payout_wallet ?? null} onFold={() => setFolded({ folded: true })} />
          </Suspense>
        </aside>
      )}
      <div className="channel-about">
        {past && <PastReplays replays={replays} />}
        {channel !== null && (
          <Suspense fallback={null}>
            <TipPanel name={name} api={api} live={channel.live} />
          </Suspense>
        )}
        {!past && <PastReplays replays={replays} />}
        {channel !== null && <About api={api} channel={channel} shown={replays.items.length} />}
      </div>
    </article>
  );
}
