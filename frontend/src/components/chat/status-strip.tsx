/** How the chat's connection is, as long as there is something to say about it. */
import { useEffect, useState } from "react";
import type { ChatView } from "../../live/chat-room";

const ROOM_WORDS: Readonly<Record<string, string>> = {
  no_such_room: "This channel has no chat.",
  not_allowed: "This room is not open to you.",
  banned: "This chat is closed to you.",
};
const GOOD_NEWS_MS = 4000;

interface Strip {
  readonly state: "reconnecting" | "interrupted" | "refused" | "recovered" | "reloaded";
  readonly words: string;
  readonly action: "reload" | null;
}

export function StatusStrip({ view }: { view: ChatView }) {
  const bad = useLate(troubleOf(view));
  const good = useGoodNews(view, bad !== null);
  const strip = bad ?? good;
  return (
    <div className="chat-strip" role="status" data-testid="chat-strip" data-state={strip?.state ?? "well"}>
      {strip !== null && <p>{strip.words}</p>}
      {strip?.action === "reload" && (
        <button type="button" className="link-button" onClick={() => location.reload()}>
          Load again
        </button>
      )}
    </div>
  );
}

function troubleOf({ connection, room, known }: ChatView): Strip | null {
  // Where one writes, it says why.
  if (connection.state === "refused") return null;
  if (room?.state === "refused") return { state: "refused", words: ROOM_WORDS[room.code] ?? (room.detail || "The chat is not open."), action: null };
  if (room?.state === "closed") return { state: "refused", words: "This chat has been closed.", action: "reload" };
  if (room?.state === "interrupted") {
    return { state: "interrupted", words: "The server has lost touch with its messages. They come as soon as it is back.", action: null };
  }
  const waiting = connection.state !== "up" || room === null || room.state === "joining";
  if (!waiting) return null;
  if (known) return { state: "reconnecting", words: "Reconnecting… What you miss will be here when it is back.", action: null };
  return connection.failures > 0 ? { state: "reconnecting", words: "The chat cannot be reached. Trying again…", action: null } : null;
}

/** Trouble that passes at once is not worth a word. */
function useLate(strip: Strip | null): Strip | null {
  const [late, setLate] = useState(false);
  const kind = strip?.state ?? null;
  const patient = kind === "reconnecting";
  useEffect(() => {
    setLate(false);
    if (!patient) return undefined;
    const timer = setTimeout(() => setLate(true), 700);
    return () => clearTimeout(timer);
  }, [patient]);
  return patient && !late ? null : strip;
}

/** After trouble that was told: that it is over, and whether anything was missed. */
function useGoodNews({ room }: ChatView, trouble: boolean): Strip | null {
  const [news, setNews] = useState<Strip | null>(null);
  const [before, setBefore] = useState({ trouble: false, resets: 0 });
  if (trouble && !before.trouble) setBefore({ trouble, resets: room?.resets ?? 0 });
  if (!trouble && before.trouble) {
    setBefore({ trouble, resets: 0 });
    const reloaded = (room?.resets ?? 0) > before.resets;
    if (room?.state === "joined") {
      setNews(
        reloaded
          ? { state: "reloaded", words: "Back. You were away for long, so the last messages were loaded again.", action: null }
          : { state: "recovered", words: "Back, and nothing was missed.", action: null },
      );
    }
  }
  useEffect(() => {
    if (news === null) return undefined;
    const timer = setTimeout(() => setNews(null), GOOD_NEWS_MS);
    return () => clearTimeout(timer);
  }, [news]);
  return trouble ? null : news;
}
