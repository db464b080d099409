/** What a stream shows over its picture. It is on the stream: while it is cut off it says nothing of it. */
import { useEffect, useState } from "react";
import { AlertCard } from "../components/overlay/alert-card";
import { OverlayGoal } from "../components/overlay/overlay-goal";
import { overlayShows } from "../core/overlay-address";
import type { Events } from "../live/events";
import { Overlay } from "../live/overlay";
import type { TipsApi } from "../protocol/tips";
import { useStore } from "../store";

export function OverlayPage({ token, events, tips }: { token: string; events: Events; tips: TipsApi }) {
  const [overlay] = useState(() => new Overlay(token, events, tips));
  useEffect(() => overlay.start(), [overlay]);
  const { alert, settings, goal, gone } = useStore(overlay.store);
  if (gone || token === "") {
    return (
      <p className="overlay-gone" data-testid="overlay-gone">
        There is no overlay at this address. The studio has the present one.
      </p>
    );
  }
  return (
    <div className="overlay" data-testid="overlay" data-known={settings !== null}>
      {settings !== null && goal !== null && overlayShows(location.search, "goal") && <OverlayGoal goal={goal} theme={settings.theme} />}
      {settings !== null && alert !== null && overlayShows(location.search, "alerts") && <AlertCard key={alert.turn} tip={alert.tip} settings={settings} />}
    </div>
  );
}
