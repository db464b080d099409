/** The parts of a tip that every place shows alike. Names and messages are only ever text. */
import { exactAmount, tipAmountWords, worthWords } from "../../core/tip-amounts";
import type { PendingTip, Tip } from "../../protocol/tips";

export function TipAmount({ tip }: { tip: Tip | PendingTip }) {
  return (
    <strong className="tip-amount" title={`${exactAmount(tip.amount, tip.decimals)} ${tip.symbol}`}>
      <bdi>{tipAmountWords(tip)}</bdi>
      {tip.worth !== null && <span className="tip-worth"> {worthWords(tip.worth)}</span>}
    </strong>
  );
}

export function TipMessage({ tip }: { tip: Tip | PendingTip }) {
  if (tip.message_state === "held") return <em className="tip-withheld">A moderator is looking at the message.</em>;
  if (tip.message_state === "hidden") return <em className="tip-withheld">The message is hidden.</em>;
  return tip.message === "" ? null : <bdi className="tip-message">{tip.message}</bdi>;
}
