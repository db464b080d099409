/** The tip that was just seen, over the picture: one at a time, above the controls, never in the way of the pointer. */
import { useEffect, useState } from "react";
import { TipShow } from "../../core/tip-show";
import { tipAmountWords } from "../../core/tip-amounts";
import { useTips } from "../../hooks/tips";
import type { Tip, TipEvent } from "../../protocol/tips";
import { Icon } from "../icons";
import { TipAmount, TipMessage } from "./tip-words";
import "../../styles/tips.css";

export function TipOverlay({ name }: { name: string }) {
  const [show] = useState(() => new TipShow());
  const [shown, setShown] = useState(show.shown);
  useTips(name, (event) => {
    hear(show, event, performance.now());
    setShown(show.shown);
  });
  useEffect(() => {
    if (shown === null) return undefined;
    const timer = setTimeout(
      () => {
        show.tick(performance.now());
        setShown(show.shown);
      },
      Math.max(0, shown.untilMs - performance.now()) + 1,
    );
    return () => clearTimeout(timer);
  }, [show, shown]);
  return <TipCard tip={shown?.tip ?? null} />;
}

export function TipCard({ tip }: { tip: Tip | null }) {
  return (
    <div className="tip-overlay" data-testid="tip-overlay">
      <p className="visually-hidden" role="status">
        {tip === null ? "" : spoken(tip)}
      </p>
      {tip !== null && (
        <div key={tip.id} className="tip-card" data-testid="tip-card" aria-hidden="true">
          <span className="tip-card-sign">
            <Icon name="tip" />
          </span>
          <div className="tip-card-words">
            <p>
              <bdi className="tip-name">{tip.from.name}</bdi> tipped <TipAmount tip={tip} />
            </p>
            {tip.message_state === "shown" && tip.message !== "" && (
              <p className="tip-card-message">
                <TipMessage tip={tip} />
              </p>
            )}
          </div>
        </div>
      )}
    </div>
  );
}

function hear(show: TipShow, event: TipEvent, nowMs: number): void {
  if (event.type === "tip_seen") show.seen(event.tip, nowMs);
  else if (event.type === "tip_withdrawn") show.withdrawn(event.id, nowMs);
  else if (event.type === "tip_message") show.message(event.id, event.message, event.message_state);
}

function spoken(tip: Tip): string {
  const words = `${tip.from.name} tipped ${tipAmountWords(tip)}`;
  return tip.message_state === "shown" && tip.message !== "" ? `${words}: ${tip.message}` : words;
}
