/** Who is on stage now, and who is not. */
import { useEffect, useState } from "react";
import { LiveCards } from "../components/live-cards";
import { stageOrder } from "../core/following";
import { useFollowed } from "../hooks/following";
import { usePageVisible, useTitle } from "../hooks/page";
import { useUser } from "../hooks/session";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import { Link } from "../router";

export function HomePage({ api }: { api: Api }) {
  useTitle("Harmonie · on stage now");
  const { channels, connected } = useChannels(api);
  const followed = useFollowed(api);
  const live = stageOrder(channels?.filter((channel) => channel.live) ?? [], followed);
  const offline = channels?.filter((channel) => !channel.live) ?? [];
  return (
    <div className="home">
      <section aria-labelledby="on-stage">
        <div className="home-lead">
          <h1 id="on-stage">On stage now</h1>
          <p className="home-sub" role="status">
            {summary(channels, live.length, connected)}
          </p>
        </div>
        {channels !== null && live.length === 0 && <EmptyStage />}
        {live.length > 0 && <LiveCards channels={live} api={api} followed={followed} current={connected} />}
      </section>
      <DemoNote api={api} />
      {offline.length > 0 && (
        <section className="home-offline" aria-labelledby="off-stage">
          <h2 id="off-stage">Off stage</h2>
          <ul>
            {offline.map((channel) => (
              <li key={channel.name}>
                <Link href={`/${channel.name}`}>
                  <span className="home-offline-title">
                    <bdi>{channel.title || channel.name}</bdi>
                  </span>
                  {channel.title !== channel.name && <span className="home-offline-name">/{channel.name}</span>}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function EmptyStage() {
  const user = useUser();
  return (
    <div className="empty-stage" data-testid="empty">
      <div className="staff" aria-hidden="true" />
      <h2>The stage is free.</h2>
      <p>
        Going live takes a camera or a microphone, a channel name and its stream key. Open the studio, check your sound, and
        press <strong>Go live</strong>: whoever opens your channel hears you within a moment.
      </p>
      <p>
        <Link className="button button-primary" href="/studio">
          Open the studio
        </Link>
      </p>
      <p className="empty-hint">
        No channel yet? <Link href={user === null ? "/signup?next=/channels" : "/channels"}>Make one</Link>, or on the server:{" "}
        <code>harmonie channel add my-band</code>
      </p>
    </div>
  );
}

/** A newcomer who tries the server on their own machine is told how to take the stage. */
function DemoNote({ api }: { api: Api }) {
  const [demo, setDemo] = useState(false);
  useEffect(() => {
    let gone = false;
    void api.config().then((config) => {
      if (!gone) setDemo(config.demo);
    });
    return () => {
      gone = true;
    };
  }, [api]);
  if (!demo) return null;
  return (
    <p className="home-demo">
      This is a demo server. <Link href="/studio?channel=demo#key=demo">Take the stage yourself</Link> on the channel{" "}
      <code>demo</code>: the stream key is filled in.
    </p>
  );
}

function summary(channels: readonly Channel[] | null, live: number, connected: boolean): string {
  if (channels === null) return connected ? "Looking who is playing…" : "Reaching the server…";
  if (!connected) return "The connection to the server dropped. This list may be old.";
  if (live === 0) return "Nobody is playing right now. This page tells as soon as someone is.";
  return live === 1 ? "One artist is playing." : `${live} artists are playing.`;
}

/** The list of channels as events tell it. Rests while the tab is hidden: browsers share few connections among tabs. */
function useChannels(api: Api): { channels: readonly Channel[] | null; connected: boolean } {
  const [channels, setChannels] = useState<readonly Channel[] | null>(null);
  const [connected, setConnected] = useState(true);
  const visible = usePageVisible();
  useEffect(() => {
    if (!visible) return undefined;
    return api.watchChannels({ state: setChannels, connected: setConnected });
  }, [api, visible]);
  return { channels, connected };
}
