/** Broadcasts of a channel that can be watched again; nothing at all where there are none. */
import { useCallback, useEffect, useState } from "react";
import { dateWords } from "../../core/account-words";
import { replayPath } from "../../core/replay-time";
import { clock, people } from "../../core/words";
import { useEvents } from "../../hooks/events";
import { type Gathered, usePages } from "../../hooks/pages";
import type { Api } from "../../protocol/api";
import type { ReplaySummary } from "../../protocol/replays";
import { Link } from "../../router";
import { MoreOf } from "../more-of";
import { NameArt } from "../name-art";
import "../../styles/recordings.css";

const SOON_MS = 5000;

/** `broadcasts`: how many there were; another number asks anew, and so does the channel's room. */
export function useReplays(api: Api, name: string, broadcasts: number | null): Gathered<ReplaySummary> {
  const turn = useChanges(name);
  const load = useCallback(
    async (cursor: string | null) => (broadcasts === null ? { items: [], next_cursor: null } : api.replays.ofChannel(name, cursor)),
    // Another turn, another list.
    [api, name, broadcasts, turn],
  );
  return usePages(load);
}

/** Counts what was told of the channel's replays. A crowd hears it at once, and does not ask at once. */
function useChanges(name: string): number {
  const events = useEvents();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let known = false;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setTurn((before) => before + 1);
      }, Math.random() * SOON_MS);
    };
    const leave = events.enter(name, {
      // After a later one, what was told meanwhile is not known.
      snapshot: () => {
        if (known) soon();
        known = true;
      },
      event: (data) => {
        if (data.type === "replays_changed") soon();
      },
      signal: () => undefined,
      you: () => undefined,
      changed: () => undefined,
    });
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [events, name]);
  return turn;
}

export function PastReplays({ replays }: { replays: Gathered<ReplaySummary> }) {
  const { items } = replays;
  // What cannot be had here is not worth a word: the page is about who plays now.
  if (items.length === 0) return null;
  return (
    <section className="replays" aria-labelledby="replays" data-testid="replays">
      <h2 id="replays">Watch again</h2>
      <ul className="replay-cards">
        {items.map((replay) => (
          <li key={replay.id}>
            <ReplayCard replay={replay} />
          </li>
        ))}
      </ul>
      <MoreOf list={replays} words="More" />
    </section>
  );
}

function ReplayCard({ replay }: { replay: ReplaySummary }) {
  const { channel, id, title, poster, chat_lines: lines, tips, duration_ms: durationMs, began_at: beganAt } = replay;
  return (
    <article className="replay-card" data-testid="replay-card" data-id={id}>
      <Link href={replayPath(channel, id)}>
        <div className="live-card-picture">
          <NameArt name={channel} />
          {poster !== null && <img src={poster} alt="" loading="lazy" decoding="async" />}
          <span className="live-card-kind">{clock(durationMs)}</span>
        </div>
        <div className="live-card-words">
          <h3>
            <bdi>{title || channel}</bdi>
          </h3>
          <p>
            <span>
              <time dateTime={beganAt}>{dateWords(beganAt)}</time>
            </span>
            {lines > 0 && <span>{people(lines, "line", "lines")} of chat</span>}
            {tips > 0 && <span>{people(tips, "tip", "tips")}</span>}
          </p>
        </div>
      </Link>
    </article>
  );
}
