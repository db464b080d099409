/** A tip among the lines of the chat. */
import { memo } from "react";
import type { TipLine as Line } from "../../core/tip-lines";
import type { TipModerationDeeds } from "../../hooks/tips";
import { Badge, timeWords } from "../chat/line";
import { Icon } from "../icons";
import { TipModeration } from "./tip-moderation";
import { TipAmount, TipMessage } from "./tip-words";

interface TipLineProps {
  readonly line: Line;
  /** Null for those who do not moderate; the same object at each drawing. */
  readonly deeds: TipModerationDeeds | null;
  /** When it came; the time of day without. */
  readonly time?: string;
}

const STATES = {
  pending: "On its way",
  seen: "Arrived",
  confirmed: "Confirmed",
} as const;

export const TipLine = memo(function TipLine({ line, deeds, time = timeWords(line.tip.at_ms) }: TipLineProps) {
  const { tip } = line;
  return (
    <article
      className="line line-tip"
      tabIndex={-1}
      data-line={line.id}
      data-testid="tip-line"
      data-state={tip.state}
      aria-label={`Tip of ${tip.from.name}, ${time}`}
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
        {deeds !== null && tip.state !== "pending" && (
          <>
            {" "}
            <TipModeration tip={tip} deeds={deeds} />
          </>
        )}
      </p>
    </article>
  );
});
