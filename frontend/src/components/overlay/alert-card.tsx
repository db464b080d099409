/** One alert as it stands on the stream. Names and messages are only ever text. */
import { shownMessage } from "../../core/overlay-words";
import { tipAmountWords, worthWords } from "../../core/tip-amounts";
import type { OverlaySettings } from "../../protocol/overlay";
import type { Tip } from "../../protocol/tips";
import { AlertPicture } from "./alert-picture";
import "../../styles/overlay.css";

interface AlertCardProps {
  readonly tip: Tip;
  readonly settings: Pick<OverlaySettings, "animation" | "image" | "theme" | "show_message">;
}

export function AlertCard({ tip, settings }: AlertCardProps) {
  const message = settings.show_message ? shownMessage(tip) : "";
  return (
    <article className="alert" data-animation={settings.animation} data-theme={settings.theme} data-testid="alert" data-tip={tip.id}>
      <AlertPicture picture={settings.image} />
      <div className="alert-words">
        <p className="alert-who">
          <bdi>{tip.from.name}</bdi> <span>tipped</span>
        </p>
        <p className="alert-amount">
          <bdi>{tipAmountWords(tip)}</bdi>
          {tip.worth !== null && <span className="alert-worth">{worthWords(tip.worth)}</span>}
        </p>
        {message !== "" && (
          <p className="alert-message">
            <bdi>{message}</bdi>
          </p>
        )}
      </div>
    </article>
  );
}
