/** Who the artist is: picture, words, links, and what was played before. */
import { useEffect, useState } from "react";
import { momentWords } from "../../core/account-words";
import { lasting, people } from "../../core/words";
import type { Api } from "../../protocol/api";
import type { Broadcast, Channel } from "../../protocol/types";
import { ChannelPicture } from "./channel-picture";

interface AboutProps {
  readonly api: Api;
  readonly channel: Channel;
  /** How many of its broadcasts are shown elsewhere. */
  readonly shown: number;
}

export function About({ api, channel, shown }: AboutProps) {
  const { description, links, picture, owner } = channel;
  const told = description !== "" || links.length > 0 || picture !== null || owner !== null;
  return (
    <>
      {told && (
        <section className="about" aria-label="About">
          <ChannelPicture channel={channel} large />
          <div className="about-words">
            {owner !== null && <p className="about-owner">
                <bdi>{owner.display_name}</bdi>
              </p>}
            {description !== "" && <p className="about-description">{description}</p>}
            {links.length > 0 && (
              <ul className="about-links">
                {links.map((link) => (
                  <li key={`${link.label} ${link.url}`}>
                    <a href={link.url} target="_blank" rel="noopener noreferrer nofollow ugc">
                      {link.label}
                    </a>
                  </li>
                ))}
              </ul>
            )}
          </div>
        </section>
      )}
      {channel.past_broadcasts > shown && <Past key={channel.past_broadcasts} api={api} name={channel.name} />}
    </>
  );
}

function Past({ api, name }: { api: Api; name: string }) {
  const [broadcasts, setBroadcasts] = useState<readonly Broadcast[]>([]);
  useEffect(() => {
    let gone = false;
    void api.channels.broadcasts(name).then(
      ({ items }) => {
        if (!gone) setBroadcasts(items);
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [api, name]);
  if (broadcasts.length === 0) return null;
  return (
    <section className="past" aria-labelledby="past">
      <h2 id="past">Past broadcasts</h2>
      <ul>
        {broadcasts.map((broadcast) => (
          <li key={broadcast.id} data-testid="past-broadcast">
            <span>{momentWords(broadcast.started_at)}</span>
            <span className="hint">
              {lengthWords(broadcast)}
              {broadcast.peak_viewers > 0 && `, at most ${people(broadcast.peak_viewers, "viewer", "viewers")} at once`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function lengthWords({ started_at, ended_at }: Broadcast): string {
  const words = lasting(Date.parse(ended_at) - Date.parse(started_at));
  return words === "just now" ? "less than a minute" : words;
}
