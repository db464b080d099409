/** One live channel on the home page: a still picture that plays while it is pointed at, title, viewers, since when. */
import { useEffect, useRef, useState } from "react";
import { people, sinceWords } from "../core/words";
import { preview } from "../live/preview";
import type { PreviewStage } from "../live/preview-stage";
import { still } from "../live/still";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import { Link } from "../router";
import { LiveBadge } from "./live-badge";
import { NameArt } from "./name-art";

interface LiveCardProps {
  readonly channel: Channel;
  readonly followed: boolean;
  readonly current: boolean;
  readonly api: Api;
  readonly nowMs: number;
  readonly connected: boolean;
  /** Whether still pictures are fetched: again and again, one of them, or none. */
  readonly stills: "live" | "once" | "none";
  readonly stage: PreviewStage;
}

export function LiveCard({ channel, followed, current, api, nowMs, connected, stills, stage }: LiveCardProps) {
  const { name, video: hasVideo } = channel;
  const card = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [visible, setVisible] = useState(false);
  const [picture, setPicture] = useState<string | null>(null);
  const [loaded, setLoaded] = useState(false);
  const [playing, setPlaying] = useState(false);

  useEffect(() => {
    const element = card.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver(([entry]) => setVisible(entry?.isIntersecting ?? false));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // A card without a picture has nothing to preview.
  useEffect(() => stage.setVisible(name, hasVideo && visible), [name, hasVideo, visible, stage]);
  useEffect(() => () => stage.remove(name), [name, stage]);

  useEffect(() => {
    if (!hasVideo) {
      setPicture(null);
      setLoaded(false);
    }
    if (!hasVideo || !visible || stills === "none") return undefined;
    return still(name, stills === "once", setPicture).close;
  }, [name, hasVideo, visible, stills]);

  useEffect(() => {
    const element = video.current;
    if (!connected || element === null) return undefined;
    const shown = () => {
      setPlaying(true);
      stage.plays(name);
    };
    const running = preview(name, api, element, shown, () => stage.failed(name));
    return () => {
      running.close();
      setPlaying(false);
    };
  }, [connected, name, api, stage]);

  const hold = (held: boolean) => () => stage.setHeld(name, held);
  return (
    <article className="live-card" data-testid="live-card" data-channel={name} ref={card}>
      <Link
        href={`/${name}`}
        onPointerEnter={hold(true)}
        onPointerLeave={hold(false)}
        onFocus={hold(true)}
        onBlur={hold(false)}
      >
        <div className="live-card-picture" data-playing={playing} data-still={loaded}>
          <NameArt name={name} />
          {picture !== null && <img src={picture} alt="" onLoad={() => setLoaded(true)} />}
          <video ref={video} muted playsInline aria-hidden="true" tabIndex={-1} />
          <LiveBadge state={current ? channel.state : "reconnecting"} />
          {!hasVideo && <span className="live-card-kind">Sound only</span>}
        </div>
        <div className="live-card-words">
          <h2>
            <bdi>{channel.title || name}</bdi>
          </h2>
          <p>
            {channel.title !== "" && channel.title !== name && <span className="live-card-name">{name}</span>}
            {followed && <span>You follow</span>}
            {current && <span>{people(channel.viewers, "viewer", "viewers")}</span>}
            {current && <span>{sinceWords(channel.started_at, nowMs)}</span>}
          </p>
        </div>
      </Link>
    </article>
  );
}
