/** What the player says while there is nothing to see, or while what is seen is old. Read aloud when it changes. */
import type { PlayerView } from "../core/player";
import { watchRefusal } from "../core/words";
import type { Channel } from "../protocol/types";

interface PlayerNoticeProps {
  readonly name: string;
  readonly view: PlayerView;
  readonly channel: Channel | null;
}

export function PlayerNotice({ name, view, channel }: PlayerNoticeProps) {
  const { head, text } = wordsOf(view, name, view.current && channel?.state === "reconnecting");
  return (
    <div className="player-notice" data-notice={view.state} role="status" aria-live="polite">
      {head !== null && <p className="player-notice-head">{head}</p>}
      {text !== null && <p>{text}</p>}
    </div>
  );
}

interface Words {
  readonly head: string | null;
  readonly text: string | null;
}

function wordsOf(view: PlayerView, name: string, artistAway: boolean): Words {
  switch (view.state) {
    case "idle":
    case "live":
      return { head: null, text: null };
    case "connecting":
      if (artistAway) return { head: "The artist's connection dropped.", text: "It goes on by itself when they are back." };
      return { head: "Connecting…", text: view.retrying ? "That takes longer than it should. Trying again…" : null };
    case "reconnecting":
      return reconnectingWords(view, name);
    case "offline":
    case "ended":
      return view.current ? restingWords(view.state, name) : LOST;
    case "error":
      return { head: "This cannot be played.", text: view.refusal === null ? null : watchRefusal(view.refusal) };
  }
}

const LOST: Words = { head: "The server cannot be reached.", text: "Connecting again…" };

function reconnectingWords(view: PlayerView, name: string): Words {
  switch (view.cause) {
    case "artist":
      return { head: "The artist's connection dropped.", text: "It goes on by itself when they are back." };
    case "server":
      return LOST;
    case "interrupted":
      return { head: "The broadcast was interrupted.", text: `It goes on by itself when ${name} is back.` };
    default:
      return { head: "Your connection dropped.", text: "Connecting again…" };
  }
}

function restingWords(state: "offline" | "ended", name: string): Words {
  return state === "offline"
    ? { head: `${name} is not live right now.`, text: "Stay here: it starts by itself when they go live." }
    : { head: "That was it for now.", text: `${name} has left the stage. If they come back, it starts by itself.` };
}
