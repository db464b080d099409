/** Keys of the player, for the whole page as long as no field has the focus. */
import { useEffect } from "react";

export interface PlayerActions {
  togglePlay(): void;
  toggleMute(): void;
  /** -1 to 1. */
  changeVolume(by: number): void;
  toggleFullScreen(): void;
  /** Seconds, negative is back. Nothing where the past is not kept. */
  rewindBy(seconds: number): void;
  backToLive(): void;
  toggleStatistics(): void;
  toggleHelp(): void;
  closePanels(): void;
}

const VOLUME_STEP = 0.05;
const REWIND_STEP_S = 10;

/** What the help panel lists. */
export const PLAYER_KEYS: readonly (readonly [string, string])[] = [
  ["Space, K", "pause or play"],
  ["M", "sound off or on"],
  ["↑ ↓", "louder, softer"],
  ["← →", "10 seconds back, on (HLS)"],
  ["L", "back to live (HLS)"],
  ["F", "full screen"],
  ["I", "statistics"],
  ["?", "this help"],
];

export function usePlayerKeys(actions: PlayerActions): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest("input, textarea, select, [contenteditable]")) return;
      // A dialog has the keys to itself: Escape closes it.
      if (document.querySelector("dialog[open]") !== null) return;
      // A focused button or link keeps its own space bar.
      if (event.key === " " && target?.closest("button, a")) return;
      const action = actionOf(event.key, actions);
      if (action === null) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [actions]);
}

function actionOf(key: string, actions: PlayerActions): (() => void) | null {
  switch (key.toLowerCase()) {
    case " ":
    case "k":
      return actions.togglePlay;
    case "m":
      return actions.toggleMute;
    case "f":
      return actions.toggleFullScreen;
    case "i":
      return actions.toggleStatistics;
    case "?":
      return actions.toggleHelp;
    case "escape":
      return actions.closePanels;
    case "arrowup":
      return () => actions.changeVolume(VOLUME_STEP);
    case "arrowleft":
      return () => actions.rewindBy(-REWIND_STEP_S);
    case "arrowright":
      return () => actions.rewindBy(REWIND_STEP_S);
    case "l":
      return actions.backToLive;
    case "arrowdown":
      return () => actions.changeVolume(-VOLUME_STEP);
    default:
      return null;
  }
}
