/** One live channel on the home page: a still that plays while it is pointed at, title, viewers, since when. */
import { useEffect, useRef, useState } from "react";
import { people, sinceWords } from "../core/words";
import { preview } from "../live/preview";
import type { Api } from "../protocol/api";
import type { Channel } from "../protocol/types";
import { Link } from "../router";
import { LiveBadge } from "./live-badge";
import { NameArt } from "./name-art";

/** What a card tells the grid about itself. */
export interface PreviewReports {
  visible(name: string, visible: boolean): void;
  held(name: string, held: boolean): void;
  still(name: string): void;
  failed(name: string): void;
  /** To be called after any of the above. */
  settle(): void;
}

interface LiveCardProps {
  readonly channel: Channel;
  readonly api: Api;
  readonly nowMs: number;
  readonly connected: boolean;
  readonly reports: PreviewReports;
}

export function LiveCard({ channel, api, nowMs, connected, reports }: LiveCardProps) {
  const { name } = channel;
  const card = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const [hasStill, setHasStill] = useState(false);
  const [playing, setPlaying] = useState(false);

  useEffect(() => {
    const element = card.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver(([entry]) => {
      reports.visible(name, entry?.isIntersecting ?? false);
      reports.settle();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [name, reports]);

  useEffect(() => {
    const element = video.current;
    if (!connected || element === null) return undefined;
    const shown = () => {
      drawStill(element, still.current);
      setHasStill(true);
      setPlaying(true);
      reports.still(name);
      reports.settle();
    };
    const failed = () => {
      reports.failed(name);
      reports.settle();
    };
    const running = preview(name, api, element, shown, failed);
    return () => {
      drawStill(element, still.current);
      running.close();
      setPlaying(false);
    };
  }, [connected, name, api, reports]);

  const hold = (held: boolean) => () => {
    reports.held(name, held);
    reports.settle();
  };
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
          <LiveBadge state={channel.state} />
          {!channel.video && <span className="live-card-kind">Sound only</span>}
        </div>
        <div className="live-card-words">
          <h2>{channel.title || name}</h2>
          <p>
            <span className="live-card-name">{name}</span>
            <span>{people(channel.viewers, "viewer", "viewers")}</span>
            <span>{sinceWords(channel.started_at, nowMs)}</span>
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
