/** How much of a recording was moved to the store; nothing while it is not being moved. */
import { movedShare, nextWords } from "../../core/recording-words";
import type { Recording } from "../../protocol/recordings";

export function Moved({ recording }: { recording: Recording }) {
  const share = movedShare(recording);
  if (share === null) return null;
  return <progress className="moved" max={1} value={share} aria-label={nextWords(recording)} />;
}
