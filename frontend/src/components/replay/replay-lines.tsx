/** What was said and tipped up to the present moment of a replay, to be read only. */
import { useCallback, useRef } from "react";
import { plural } from "../../core/chat-words";
import { bounds } from "../../core/replay-parts";
import { type ChatLine, isTipLine } from "../../core/tip-lines";
import { clock } from "../../core/words";
import type { ReplayChat, ReplayChatView } from "../../live/replay-chat";
import type { Density, Replay } from "../../protocol/replays";
import { useStore } from "../../store";
import { Line } from "../chat/line";
import { LineList, type LineListHandle } from "../chat/line-list";
import { TipLine } from "../tips/tip-line";
import "../../styles/tips.css";

export function ReplayLines({ chat, replay }: { chat: ReplayChat; replay: Replay }) {
  const view = useStore(chat.store);
  const density = useStore(chat.density);
  const list = useRef<LineListHandle>(null);
  const { fromMs } = bounds(replay.parts);
  const drawLine = useCallback(
    (line: ChatLine) => {
      const clockMs = isTipLine(line) ? line.tip.clock_ms : line.clock_ms;
      const time = clockMs === null ? undefined : clock(clockMs - fromMs);
      const when = time === undefined ? {} : { time };
      if (isTipLine(line)) return <TipLine key={line.id} line={line} deeds={null} {...when} />;
      return <Line key={line.id} message={line} actions={null} mayReply={false} mayReact={false} mentioned={false} own={false} mine="" {...when} />;
    },
    [fromMs],
  );
  return (
    <section className="chat chat-replay" aria-label="Chat of the broadcast" data-testid="replay-chat" data-known={view.known}>
      <header className="chat-head">
        <h2>Chat</h2>
        <p className="hint">as it was</p>
      </header>
      <div className="lines-frame">
        <LineList
          label="Messages up to this moment"
          lines={view.lines}
          following={view.following}
          onFollow={(following) => chat.follow(following)}
          onNeedOlder={chat.needOlder}
          onKey={() => undefined}
          handle={list}
          holds={false}
          top={<Beginning view={view} density={density} />}
        >
          {drawLine}
        </LineList>
        {!view.following && (
          <button type="button" className="lines-more" data-testid="more-lines" onClick={() => chat.follow(true)}>
            {view.unseen > 0 ? plural(view.unseen, "new message") : "To the present moment"} <span aria-hidden="true">↓</span>
          </button>
        )}
      </div>
    </section>
  );
}

function Beginning({ view, density }: { view: ReplayChatView; density: Density | null }) {
  const silent = density !== null && [...density.chat, ...density.tips].every((count) => count === 0);
  return <p className="lines-top">{topWords(view, silent)}</p>;
}

function topWords({ known, failed, complete, lines }: ReplayChatView, silent: boolean): string {
  if (silent) return "Nobody said anything in this broadcast.";
  if (!known) return failed ? "The chat could not be fetched. It is tried again by itself." : "One moment…";
  if (lines.length === 0) return "Nobody had said anything yet.";
  return complete ? "This is where it begins." : "";
}
