/** Says in a word whether a channel is live. */
import type { ChannelState } from "../protocol/types";

const WORDS: Record<ChannelState, string> = { live: "Live", reconnecting: "Reconnecting", offline: "Offline" };

export function LiveBadge({ state }: { state: ChannelState }) {
  return <span className={`badge badge-${state}`}>{WORDS[state]}</span>;
}
