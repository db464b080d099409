/** The big button, and what became of it. */
import { useEffect, useState } from "react";
import type { PublisherState, PublisherView } from "../../core/publisher";
import { clock, publishRefusal } from "../../core/words";

interface GoLiveProps {
  readonly view: PublisherView;
  readonly channel: string;
  /** The channel is live, and not from here. */
  readonly occupied: boolean;
  readonly opening: boolean;
  /** What is missing before the button can do anything. */
  readonly complaint: string | null;
  readonly onGo: () => void;
  readonly onStop: () => void;
}

const ACTION: Record<PublisherState, string> = {
  idle: "Go live",
  connecting: "Cancel",
  live: "Stop",
  reconnecting: "Stop",
  failed: "Try again",
};

export function GoLive({ view, channel, occupied, opening, complaint, onGo, onStop }: GoLiveProps) {
  const { state } = view;
  const stops = state === "connecting" || state === "live" || state === "reconnecting";
  return (
    <div className="go-live" data-state={state}>
      <button
        type="button"
        className="go-live-button"
        data-testid="go-live"
        disabled={opening && !stops}
        onClick={stops ? onStop : onGo}
      >
        {opening && !stops ? "Opening devices…" : occupied ? "Take over" : ACTION[state]}
      </button>
      <p className="go-live-words" role="status" data-testid="go-live-words" data-problem={state === "failed" || complaint !== null}>
        {complaint ?? wordsOf(view, channel, occupied)}
      </p>
      {stops && view.liveSinceMs !== null && <Timer sinceMs={view.liveSinceMs} />}
    </div>
  );
}

/** Apart from the words, so that a screen reader is not told every second. */
function Timer({ sinceMs }: { sinceMs: number }) {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="go-live-timer" role="timer" aria-label="Time on stage">
      {clock(nowMs - sinceMs)}
    </span>
  );
}

function wordsOf(view: PublisherView, channel: string, occupied: boolean): string {
  const why = view.unreachable ? "The server does not answer. " : view.refusal ? `${publishRefusal(view.refusal, channel, view.liveSinceMs !== null)} ` : "";
  switch (view.state) {
    case "idle":
      return occupied ? "This channel is live from elsewhere. Going live here takes its place." : "You are not live.";
    case "connecting":
      return why === "" ? "Connecting…" : `${why}Trying again…`;
    case "live":
      return "You are live.";
    case "reconnecting":
      return `${why || "The connection dropped. "}Connecting again; your fans stay.`;
    case "failed":
      return why.trim() || "That did not work.";
  }
}
