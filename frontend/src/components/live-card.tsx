/** One live channel on the home page: a still that plays while it is pointed at, title, viewers, since when. */
import { useEffect, useRef, useState } from "react";
import { people, sinceWords } from "../core/words";
import { preview } from "../live/preview";
import type { PreviewStage } from "../live/preview-stage";
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
  readonly stage: PreviewStage;
}

export function LiveCard({ channel, followed, current, api, nowMs, connected, stage }: LiveCardProps) {
  const { name, video: hasVideo } = channel;
  const card = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const [hasStill, setHasStill] = useState(false);
  const [playing, setPlaying] = useState(false);

  useEffect(() => {
    const element = card.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver(([entry]) => {
      // A card without a picture has nothing to preview.
      stage.setVisible(name, hasVideo && (entry?.isIntersecting ?? false));
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      stage.remove(name);
    };
  }, [name, hasVideo, stage]);

  useEffect(() => {
    const element = video.current;
    const canvas = still.current;
    if (!connected || element === null) return undefined;
    const shown = () => {
      drawStill(element, canvas);
      setHasStill(true);
      setPlaying(true);
      stage.gotStill(name);
    };
    const running = preview(name, api, element, shown, () => stage.failed(name));
    return () => {
      drawStill(element, canvas);
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
        <div className="live-card-picture" data-playing={playing} data-still={hasStill}>
          <NameArt name={name} />
          <canvas ref={still} aria-hidden="true" />
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

function drawStill(video: HTMLVideoElement, canvas: HTMLCanvasElement | null): void {
  if (canvas === null || video.videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
  canvas.width = Math.min(640, video.videoWidth);
  canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
}
