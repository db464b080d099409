/** A tip among the lines of the chat. */
import { memo } from "react";
import type { TipLine as Line } from "../../core/tip-lines";
import type { Tip } from "../../protocol/tips";
import { Badge, timeWords } from "../chat/line";
import { Icon } from "../icons";
import { TipAmount, TipMessage } from "./tip-words";

interface TipLineProps {
  readonly line: Line;
  readonly moderates: boolean;
  /** Shows or hides the message, for everyone. The same function at each drawing. */
  readonly onMessage: (tip: Tip, state: "shown" | "hidden") => void;
}

const STATES = {
  pending: "On its way",
  seen: "Arrived",
  confirmed: "Confirmed",
} as const;

export const TipLine = memo(function TipLine({ line, moderates, onMessage }: TipLineProps) {
  const { tip } = line;
  const hides = moderates && tip.state !== "pending" && (tip.message !== "" || tip.message_state !== "shown");
  return (
    <article
      className="line line-tip"
      tabIndex={-1}
      data-line={line.id}
      data-testid="tip-line"
      data-state={tip.state}
      aria-label={`Tip of ${tip.from.name}, ${timeWords(tip.at_ms)}`}
    >
      <p className="tip-head">
        <span className="tip-sign" aria-hidden="true">
          <Icon name="tip" />
        </span>
        {tip.from.badges.map((badge) => (
          <Badge key={badge} badge={badge} />
        ))}
        <bdi className="tip-name" title={tip.from.wallet}>
          {tip.from.name}
        </bdi>
        <TipAmount tip={tip} />
        <span className="tip-state">
          {tip.state === "confirmed" && <Icon name="check" />}
          {STATES[tip.state]}
        </span>
      </p>
      <p className="line-words">
        <TipMessage tip={tip} />
        {hides && (
          <>
            {" "}
            <button type="button" className="link-button tip-moderate" onClick={() => onMessage(tip, tip.message_state === "shown" ? "hidden" : "shown")}>
              {tip.message_state === "shown" ? "Hide the message" : "Show the message"}
            </button>
          </>
        )}
      </p>
    </article>
  );
});
