/** A broadcast that was kept: played again, with what was said and tipped in step. */
import { useEffect, useState } from "react";
import { dateWords } from "../core/account-words";
import { ReplayDetails } from "../components/replay/replay-details";
import { ReplayLines } from "../components/replay/replay-lines";
import { ReplayPlayer } from "../components/replay/replay-player";
import { ReplayShare } from "../components/replay/replay-share";
import { bounds } from "../core/replay-parts";
import { replayPath, startOf } from "../core/replay-time";
import { clock } from "../core/words";
import { useTitle } from "../hooks/page";
import { useTheatre } from "../hooks/replay";
import { useUser } from "../hooks/session";
import type { ReplayTheatre } from "../live/replay-player";
import type { Api } from "../protocol/api";
import type { Replay } from "../protocol/replays";
import { Link, replace } from "../router";
import { useStore } from "../store";
import { signInPath } from "../core/session";
import "../styles/tips.css";
import "../styles/replay.css";

export function ReplayPage({ name, id, api }: { name: string; id: string; api: Api }) {
  // Who signs in or out may see another thing.
  const user = useUser();
  return <Watching key={user?.id ?? ""} name={name} id={id} api={api} />;
}

function Watching({ name, id, api }: { name: string; id: string; api: Api }) {
  const [startMs] = useState(() => startOf(location.search));
  const { theatre, chat } = useTheatre(api, id, startMs);
  const { replay, gone } = useStore(theatre.store);
  const title = replay === null ? "" : replay.title || replay.channel_title || replay.channel;
  useTitle(gone ? "No such broadcast · Harmonie" : `${title === "" ? "" : `${title} · `}Harmonie`);
  // The channel may have another name by now.
  const moved = replay !== null && replay.channel !== name ? replay.channel : null;
  useEffect(() => {
    if (moved !== null) replace(`${replayPath(moved, id)}${location.search}`);
  }, [moved, id]);
  if (gone) return <Gone name={name} path={`${location.pathname}${location.search}`} />;
  return (
    <article className="channel replay" data-chat="open">
      <div className="channel-stage">
        <ReplayPlayer theatre={theatre} chat={chat} name={name} />
        {replay !== null && <Words theatre={theatre} replay={replay} title={title} />}
      </div>
      {replay !== null && (
        <aside className="channel-chat" aria-label="Chat">
          <ReplayLines chat={chat} replay={replay} />
        </aside>
      )}
      {replay !== null && (
        <div className="channel-about">
          <ReplayDetails theatre={theatre} replay={replay} density={chat.density} />
        </div>
      )}
    </article>
  );
}

function Words({ theatre, replay, title }: { theatre: ReplayTheatre; replay: Replay; title: string }) {
  const { fromMs, toMs } = bounds(replay.parts);
  const artist = replay.channel_title || replay.channel;
  return (
    <header className="channel-words">
      <div>
        <h1>
          <bdi>{title}</bdi>
        </h1>
        <p className="channel-name">
          <Link href={`/${replay.channel}`}>
            <bdi>{artist === title ? "To the channel" : artist}</bdi>
          </Link>
        </p>
      </div>
      <div className="channel-side">
        <p className="channel-facts">
          <time dateTime={replay.began_at}>{dateWords(replay.began_at)}</time>
          <span>{clock(toMs - fromMs)}</span>
          {replay.visibility !== "public" && <span data-testid="visibility">{replay.visibility === "private" ? "Private" : "Unlisted"}</span>}
        </p>
        <div className="channel-deeds">
          {replay.mine && (
            <Link className="button" href={`/studio/recordings?channel=${encodeURIComponent(replay.channel)}`}>
              Manage
            </Link>
          )}
          <ReplayShare theatre={theatre} replay={replay} />
        </div>
      </div>
    </header>
  );
}

function Gone({ name, path }: { name: string; path: string }) {
  const user = useUser();
  return (
    <section className="notice" data-testid="replay-gone">
      <p className="notice-kicker">404</p>
      <h1>There is no such broadcast here.</h1>
      <p>It may have been deleted, or its artist keeps it to themselves.</p>
      <p className="buttons">
        <Link className="button" href={`/${name}`}>
          To the channel
        </Link>
        {user === null && (
          <Link className="button" href={signInPath(path)}>
            Sign in
          </Link>
        )}
      </p>
    </section>
  );
}
